import { afterEach, describe, expect, it, vi } from "vitest";
import { ProblemError } from "./problem";
import { fileName, saveFile } from "./save-file";

afterEach(() => vi.unstubAllGlobals());

describe("saveFile", () => {
  it("takes the server's name for the file", () => {
    expect(fileName('attachment; filename="NW1-1-echo.csv"')).toBe("NW1-1-echo.csv");
    expect(fileName(null)).toBeUndefined();
  });

  it("tells the server's reason when there is no file", async () => {
    const problem = { code: "no_library", title: "No", status: 409, detail: "upload one" };
    vi.stubGlobal("fetch", async () => new Response(JSON.stringify(problem), { status: 409 }));
    await expect(saveFile("/api/plates/x/worklist")).rejects.toThrowError(ProblemError);
  });
});
