import { Link, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";

/** The campaign the models page was reached from; models belong to none. */
export const useCampaign = (): string | undefined => useParams({ strict: false }).campaignId;

/** A link to a model's page, inside the campaign when there is one. */
export function ModelLink({ digest, children }: { digest: string; children: ReactNode }) {
  const campaignId = useCampaign();
  return campaignId ? (
    <Link className="text-link" to="/c/$campaignId/models/$digest" params={{ campaignId, digest }}>
      {children}
    </Link>
  ) : (
    <Link className="text-link" to="/models/$digest" params={{ digest }}>
      {children}
    </Link>
  );
}

/** A link to the list of models. */
export function ModelsLink({ children }: { children: ReactNode }) {
  const campaignId = useCampaign();
  return campaignId ? (
    <Link className="text-link" to="/c/$campaignId/models" params={{ campaignId }}>
      {children}
    </Link>
  ) : (
    <Link className="text-link" to="/models">
      {children}
    </Link>
  );
}
