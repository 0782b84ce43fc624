import { describe, expect, it } from "vitest";
import { readLibrarySearch, toQuery } from "./library-search";

describe("the address of the library page", () => {
  it("keeps what makes sense and drops the rest", () => {
    expect(readLibrarySearch({ q: "GATA3", page: 3 })).toEqual({ q: "GATA3", page: 3 });
    expect(readLibrarySearch({ q: "", page: "x" })).toEqual({});
    expect(readLibrarySearch({ page: 1 })).toEqual({});
  });

  it("asks the server for one page", () => {
    expect(toQuery({})).toEqual({ search: "", limit: 100, offset: 0 });
    expect(toQuery({ q: "SRC", page: 3 })).toEqual({ search: "SRC", limit: 100, offset: 200 });
  });
});
