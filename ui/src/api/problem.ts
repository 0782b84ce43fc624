import type { Problem } from "./types";

/** A refused request, with the server's words about it. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.name = "ProblemError";
    this.problem = problem;
  }
}

/** True when `value` has the fields every problem has. */
export function isProblem(value: unknown): value is Problem {
  if (typeof value !== "object" || value === null) return false;
  const record = value as Record<string, unknown>;
  return typeof record.title === "string" && typeof record.code === "string";
}

/** Whatever went wrong, as a problem a person can read. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (isProblem(error)) return error;
  if (error instanceof TypeError) {
    return {
      code: "no_connection",
      title: "The server does not answer",
      status: 0,
      detail:
        "Check that `nextwell serve` is running and that this machine can reach it, then try again.",
    };
  }
  const detail = error instanceof Error ? error.message : typeof error === "string" ? error : "";
  return { code: "unexpected", title: "Something unexpected went wrong", status: 0, detail };
}

/** A problem for an answer whose body was not one. */
export function problemOfStatus(
  response: Pick<Response, "status" | "statusText">,
  body: unknown,
): Problem {
  if (isProblem(body)) return body;
  const detail = typeof body === "string" ? body.slice(0, 400) : "";
  return {
    code: "http_error",
    title: `The server answered ${response.status} ${response.statusText}`.trim(),
    status: response.status,
    detail,
  };
}
