/** Renders the whole app at an address, over answers given by the test. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import { vi } from "vitest";
import type { Problem } from "../api/types";
import { makeRouter } from "../router";
import { CAMPAIGN, campaign } from "./fixtures";

/** Answers by `METHOD /path`; a function sees the request. */
export type Answers = Record<string, unknown | ((request: Request) => unknown)>;

/** An answer that refuses. */
export class Refusal {
  readonly problem: Problem;
  constructor(problem: Problem) {
    this.problem = problem;
  }
}

function respond(value: unknown): Response {
  const refused = value instanceof Refusal;
  return new Response(JSON.stringify(refused ? value.problem : value), {
    status: refused ? value.problem.status : 200,
    headers: { "Content-Type": refused ? "application/problem+json" : "application/json" },
  });
}

/** Renders the app; returns its router and the requests that were made. */
export function renderApp(path: string, answers: Answers) {
  const requests: Request[] = [];
  const all: Answers = {
    "GET /api/campaigns": [campaign()],
    "GET /api/info": { version: "0.1.0", database: "PostgreSQL" },
    "GET /api/datasets": [],
    "GET /api/jobs": [],
    [`GET /api/campaigns/${CAMPAIGN}/features`]: [],
    ...answers,
  };
  vi.stubGlobal("fetch", async (request: Request) => {
    requests.push(request.clone());
    const key = `${request.method} ${new URL(request.url).pathname}`;
    if (!(key in all))
      return respond(new Refusal({ code: "none", title: `No answer for ${key}`, status: 404 }));
    const answer = all[key];
    return respond(typeof answer === "function" ? answer(request) : answer);
  });
  vi.stubGlobal("scrollTo", () => {});
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = makeRouter(createMemoryHistory({ initialEntries: [path] }));
  const view = render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { ...view, router, requests };
}
