import { useQuery } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";
import { campaigns } from "../api/queries";
import type { Campaign } from "../api/types";
import { Loaded } from "../components/states";
import { Shell } from "../shell/Shell";
import { NoCampaign } from "./NoCampaign";

/** The campaign made last. */
export function newest(all: readonly Campaign[]): Campaign | undefined {
  return [...all].sort((a, b) => b.created_at.localeCompare(a.created_at))[0];
}

/** `/`: goes to the newest campaign, or says how to get one. */
export function HomePage() {
  const query = useQuery(campaigns());
  if (query.data === undefined) {
    return (
      <Shell>
        <Loaded query={query} what="the campaigns" heading="nextwell">
          {() => null}
        </Loaded>
      </Shell>
    );
  }
  const campaign = newest(query.data);
  if (campaign) {
    return <Navigate to="/c/$campaignId" params={{ campaignId: campaign.id }} replace />;
  }
  return (
    <Shell>
      <NoCampaign />
    </Shell>
  );
}
