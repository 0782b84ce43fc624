import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { parseChange, staleKeys } from "./changes";

/** How the page learns of changes: by events, by asking again, or not yet known. */
export type Connection = "connecting" | "live" | "polling";

const RETRY_MS = 5_000;
const GATHER_MS = 400;

let state: Connection = "connecting";
const listeners = new Set<() => void>();

function set(next: Connection) {
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Where the connection stands now. */
export const connection = () => state;

/** The connection as React state. */
export const useConnection = () => useSyncExternalStore(subscribe, connection, connection);

/** Milliseconds between two polls while no events arrive; `false` when they do. */
export const pollWhileNotLive = () => (state === "live" ? false : RETRY_MS);

/**
 * Keeps queries fresh from the event stream until the returned function is called.
 *
 * Events are gathered for a moment, so a screen of a thousand shards does not ask a thousand times.
 */
export function followChanges(client: QueryClient): () => void {
  let source: EventSource | undefined;
  let retry: number | undefined;
  let flush: number | undefined;
  const stale = new Map<string, QueryKey>();

  const invalidate = () => {
    flush = undefined;
    for (const queryKey of stale.values()) void client.invalidateQueries({ queryKey });
    stale.clear();
  };

  const open = () => {
    source = new EventSource("/api/events");
    source.onopen = () => {
      const missed = state === "polling";
      set("live");
      if (missed) void client.invalidateQueries();
    };
    source.addEventListener("change", (message) => {
      const event = parseChange(message.data);
      if (!event) return;
      for (const key of staleKeys(event)) stale.set(JSON.stringify(key), key);
      flush ??= window.setTimeout(invalidate, GATHER_MS);
    });
    source.onerror = () => {
      if (state !== "polling") {
        set("polling");
        // Reading once more starts the intervals of the queries on screen.
        void client.invalidateQueries();
      }
      // The browser tries again by itself unless the answer was a refusal.
      if (source?.readyState !== EventSource.CLOSED) return;
      source.close();
      retry = window.setTimeout(open, RETRY_MS);
    };
  };

  open();
  return () => {
    source?.close();
    window.clearTimeout(retry);
    window.clearTimeout(flush);
  };
}
