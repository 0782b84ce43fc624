import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { campaigns } from "../api/queries";

/** Chooses the campaign; the choice is the URL. */
export function CampaignPicker({ campaignId }: { campaignId: string }) {
  const { data = [] } = useQuery(campaigns());
  const navigate = useNavigate();
  const known = data.some((c) => c.id === campaignId);
  const options = data.map((c) => ({ value: c.id, label: c.name }));
  return (
    <NativeSelect
      aria-label="Campaign"
      value={campaignId}
      data={known ? options : [{ value: campaignId, label: "…" }, ...options]}
      onChange={(event) =>
        void navigate({ to: "/c/$campaignId", params: { campaignId: event.currentTarget.value } })
      }
      style={{ minWidth: 90, maxWidth: 260, flexShrink: 1 }}
    />
  );
}
