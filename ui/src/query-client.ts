import { QueryClient } from "@tanstack/react-query";
import { pollWhileNotLive } from "./api/connection";
import { ProblemError } from "./api/problem";

/** Events make queries stale; while none arrive, what is on screen is read again. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        refetchInterval: pollWhileNotLive,
        // What the server refused it will refuse again; a lost connection may come back.
        retry: (failures, error) => !(error instanceof ProblemError) && failures < 2,
      },
    },
  });
}
