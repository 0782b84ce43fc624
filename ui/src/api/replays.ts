/** What the pages of replays and calibration read and change. */
import { queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import { ProblemError, problemOfStatus } from "./problem";
import type { Replay, ReplayOrder } from "./types";

const LOOK_AGAIN_MS = 2_000;

/** Whether a replay is still being played, or waits for it. */
export const isLive = ({ state }: Pick<Replay, "state">) =>
  state === "waiting" || state === "running";

export const replays = () =>
  queryOptions({
    queryKey: ["replays"],
    queryFn: () => body(api.GET("/api/replays", { params: { query: { limit: 100 } } })),
    refetchInterval: ({ state }) => (state.data?.some(isLive) ? LOOK_AGAIN_MS : false),
  });

export const replay = (id: string) =>
  queryOptions({
    queryKey: ["replays", id],
    queryFn: () => body(api.GET("/api/replays/{id}", { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data && isLive(state.data) ? LOOK_AGAIN_MS : false),
  });

export const orderReplay = (order: ReplayOrder) => body(api.POST("/api/replays", { body: order }));

export async function removeReplay(id: string): Promise<void> {
  const answer = await api.DELETE("/api/replays/{id}", { params: { path: { id } } });
  if (!answer.response.ok) throw new ProblemError(problemOfStatus(answer.response, answer.error));
}

export const replayCsv = (id: string) => `/api/replays/${id}/table.csv`;
export const replayJson = (id: string) => `/api/replays/${id}/report.json`;

export const calibration = (campaignId: string) =>
  queryOptions({
    queryKey: ["calibration", campaignId],
    queryFn: () =>
      body(api.GET("/api/campaigns/{id}/calibration", { params: { path: { id: campaignId } } })),
  });
