import { QueryClient } from "@tanstack/react-query";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { connection, followChanges, pollWhileNotLive } from "./connection";

class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  static all: FakeSource[] = [];
  readyState = 1;
  closed = false;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
    FakeSource.all.push(this);
  }

  close() {
    this.closed = true;
  }
}

const newestSource = () => FakeSource.all.at(-1) as FakeSource;

function follow() {
  const client = new QueryClient();
  const invalidate = vi.spyOn(client, "invalidateQueries").mockResolvedValue();
  return { invalidate, stop: followChanges(client) };
}

describe("the event stream", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    FakeSource.all = [];
    vi.stubGlobal("EventSource", FakeSource);
    return () => {
      vi.useRealTimers();
      vi.unstubAllGlobals();
    };
  });

  it("is live once open, and then nothing polls", () => {
    const { stop } = follow();
    newestSource().onopen?.();
    expect(connection()).toBe("live");
    expect(pollWhileNotLive()).toBe(false);
    stop();
    expect(newestSource().closed).toBe(true);
  });

  it("gathers events and makes each query stale once", () => {
    const { invalidate, stop } = follow();
    newestSource().onopen?.();
    invalidate.mockClear();
    for (let i = 0; i < 50; i += 1) {
      const data = '{"kind":"job","id":"1","campaign_id":"c"}';
      newestSource().dispatchEvent(new MessageEvent("change", { data }));
    }
    vi.advanceTimersByTime(1_000);
    expect(invalidate.mock.calls.map(([filter]) => filter?.queryKey)).toEqual([
      ["jobs"],
      ["loop", "c"],
    ]);
    stop();
  });

  it("falls back to polling, opens again after a refusal, and then reads what was missed", () => {
    const { invalidate, stop } = follow();
    const first = newestSource();
    first.readyState = FakeSource.CLOSED;
    first.onerror?.();
    expect(connection()).toBe("polling");
    expect(pollWhileNotLive()).toBe(5_000);
    vi.advanceTimersByTime(5_000);
    expect(newestSource()).not.toBe(first);
    invalidate.mockClear();
    newestSource().onopen?.();
    expect(connection()).toBe("live");
    expect(invalidate).toHaveBeenCalledWith();
    stop();
  });
});
