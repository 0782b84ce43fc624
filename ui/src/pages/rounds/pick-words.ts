import type { Pick } from "../../api/types";

/** Why a gene is in a round, in two words. */
export const KIND: Record<Pick["kind"], string> = {
  forced: "asked for",
  prior: "best prior",
  random: "random arm",
  scored: "best score",
  replicate: "measured again",
};
