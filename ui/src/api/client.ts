import createClient from "openapi-fetch";
import { ProblemError, problemOfStatus } from "./problem";
import type { paths } from "./schema";

/** The server that also served this page. */
export const api = createClient<paths>({
  baseUrl: window.location.origin,
  // Looked up at each call, so that tests can put their own in place.
  fetch: (request) => globalThis.fetch(request),
});

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The body of a good answer; throws a [`ProblemError`] otherwise. */
export async function body<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok || data === undefined) {
    throw new ProblemError(problemOfStatus(response, error));
  }
  return data;
}
