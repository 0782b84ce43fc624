import { describe, expect, it } from "vitest";
import { ProblemError, problemOfStatus, toProblem } from "./problem";

describe("problems", () => {
  it("keeps the server's words", () => {
    const problem = {
      code: "no_round_fits",
      title: "No round fits",
      status: 409,
      detail: "1 plate costs 310, budget 10",
    };
    expect(toProblem(new ProblemError(problem))).toBe(problem);
    expect(problemOfStatus(new Response("", { status: 409 }), problem)).toBe(problem);
  });

  it("says that the server does not answer when the request never arrived", () => {
    expect(toProblem(new TypeError("Failed to fetch"))).toMatchObject({
      code: "no_connection",
      title: "The server does not answer",
    });
  });

  it("names the status of an answer that is no problem document", () => {
    const response = new Response("Bad gateway", { status: 502, statusText: "Bad Gateway" });
    expect(problemOfStatus(response, "Bad gateway")).toMatchObject({
      status: 502,
      title: "The server answered 502 Bad Gateway",
      detail: "Bad gateway",
    });
  });
});
