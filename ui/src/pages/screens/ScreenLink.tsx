import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { LinkButton } from "../../components/LinkButton";
import { useCampaign } from "../models/ModelLink";

type Props = { children: ReactNode };

/** A link to a screen's report, inside the campaign when there is one. */
export function ScreenLink({ id, children }: Props & { id: string }) {
  const campaignId = useCampaign();
  return campaignId ? (
    <Link
      className="text-link"
      to="/c/$campaignId/screens/$screenId"
      params={{ campaignId, screenId: id }}
    >
      {children}
    </Link>
  ) : (
    <Link className="text-link" to="/screens/$screenId" params={{ screenId: id }}>
      {children}
    </Link>
  );
}

/** A link to the list of screens. */
export function ScreensLink({ children }: Props) {
  const campaignId = useCampaign();
  return campaignId ? (
    <Link className="text-link" to="/c/$campaignId/screens" params={{ campaignId }}>
      {children}
    </Link>
  ) : (
    <Link className="text-link" to="/screens">
      {children}
    </Link>
  );
}

/** The way to a new screen. */
export function NewScreenButton({ children }: Props) {
  const campaignId = useCampaign();
  return campaignId ? (
    <LinkButton to="/c/$campaignId/screens/new" params={{ campaignId }}>
      {children}
    </LinkButton>
  ) : (
    <LinkButton to="/screens/new">{children}</LinkButton>
  );
}

/** The way to screens side by side. */
export function CompareButton({ ids, children }: Props & { ids: readonly string[] }) {
  const campaignId = useCampaign();
  const search = { ids: ids.join(",") };
  return campaignId ? (
    <LinkButton
      variant="default"
      to="/c/$campaignId/screens/compare"
      params={{ campaignId }}
      search={search}
    >
      {children}
    </LinkButton>
  ) : (
    <LinkButton variant="default" to="/screens/compare" search={search}>
      {children}
    </LinkButton>
  );
}
