import { Link } from "@tanstack/react-router";

const PAGES = [
  ["/c/$campaignId", "Loop"],
  ["/c/$campaignId/plan", "Plan a round"],
  ["/c/$campaignId/rounds", "Rounds"],
  ["/c/$campaignId/upload", "Upload results"],
  ["/c/$campaignId/library", "Library"],
  ["/c/$campaignId/targets", "Targets"],
  ["/c/$campaignId/calibration", "Calibration"],
  ["/c/$campaignId/replay", "Replay"],
  ["/c/$campaignId/screens", "Screens"],
  ["/c/$campaignId/models", "Models"],
  ["/c/$campaignId/jobs", "Jobs"],
  ["/c/$campaignId/settings", "Settings"],
] as const;

/** Links to the pages of a campaign. */
export function Nav({ campaignId, onGo }: { campaignId: string; onGo: () => void }) {
  return (
    <div style={{ flex: 1 }}>
      {PAGES.map(([to, words]) => (
        <Link
          key={to}
          to={to}
          params={{ campaignId }}
          className="nav-link"
          activeOptions={{ exact: to === "/c/$campaignId", includeSearch: false }}
          onClick={onGo}
        >
          {words}
        </Link>
      ))}
    </div>
  );
}
