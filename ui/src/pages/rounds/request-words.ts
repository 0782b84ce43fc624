import type { PlanRequest } from "../../api/types";
import { money, percent, plural } from "../../format/number";

/** The limits a person planned a round under, in words; empty when the campaign's own were used. */
export function requestWords(request: PlanRequest): string[] {
  const { plates, batch, budget, force = [], exclude = [] } = request;
  const words = [
    plates ? plural(plates, "plate") : undefined,
    batch ? plural(batch, "candidate well") : undefined,
    typeof budget === "number" ? `budget ${money(budget)}` : undefined,
    force.length > 0 ? `locked ${force.join(", ")}` : undefined,
    exclude.length > 0 ? `excluded ${exclude.join(", ")}` : undefined,
    request.exclude_essential === false ? "essential genes offered" : undefined,
    request.exclude_essential === true ? "essential genes left out" : undefined,
    request.family_max ? `${request.family_max} of one family at most` : undefined,
    typeof request.kappa === "number" ? `kappa ${request.kappa}` : undefined,
    typeof request.random_share === "number"
      ? `${percent(request.random_share)} at random`
      : undefined,
    typeof request.replicate_share === "number"
      ? `${percent(request.replicate_share)} measured again`
      : undefined,
    request.acquisition ? `score ${request.acquisition.replaceAll("_", " ")}` : undefined,
  ];
  return words.filter((word) => word !== undefined);
}
