import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { targets } from "../../api/queries";
import { SidePanel } from "../../components/SidePanel";
import { Loaded } from "../../components/states";
import { targetFacts } from "./target-words";

type Props = { campaignId: string; gene: string | undefined; onClose: () => void };

/** All numbers of one gene, in words. */
export function TargetDrawer({ campaignId, gene, onClose }: Props) {
  return (
    <SidePanel opened={gene !== undefined} onClose={onClose} title={gene ?? ""}>
      {gene !== undefined && <Facts campaignId={campaignId} gene={gene} />}
    </SidePanel>
  );
}

function Facts({ campaignId, gene }: { campaignId: string; gene: string }) {
  const query = useQuery(
    targets(campaignId, { search: gene, sort: "rank", limit: 200, offset: 0 }),
  );
  return (
    <Loaded query={query} what={gene}>
      {(page) => {
        const target = page.rows.find((row) => row.symbol === gene);
        if (!target) return <Text>{gene} is not among the candidates of this campaign.</Text>;
        return (
          <dl className="facts">
            {targetFacts(target).map(([name, words]) => (
              <div key={name} style={{ display: "contents" }}>
                <dt>{name}</dt>
                <dd>{words}</dd>
              </div>
            ))}
          </dl>
        );
      }}
    </Loaded>
  );
}
