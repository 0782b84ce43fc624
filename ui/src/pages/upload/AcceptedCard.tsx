import { Button, Group, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { plateByBarcode, upload as uploadQuery } from "../../api/queries";
import type { Accepted } from "../../api/types";
import { LinkButton } from "../../components/LinkButton";
import { plural } from "../../format/number";

type Props = { campaignId: string; uploadId: string; accepted: Accepted; onClose: () => void };

/** What accepting a file did, and where to go from here. */
export function AcceptedCard({ campaignId, uploadId, accepted, onClose }: Props) {
  const upload = useQuery(uploadQuery(uploadId));
  const pooled = upload.data?.report.pooled;
  const barcode = upload.data?.report.plates[0]?.barcode;
  const plate = useQuery({ ...plateByBarcode(barcode ?? ""), enabled: barcode !== undefined });
  const title = accepted.already_accepted
    ? "This file had been accepted before; nothing was changed"
    : `${plural(accepted.hits, "hit")} among ${plural(accepted.genes, "gene")}`;
  return (
    <section
      className="card"
      style={{ borderLeft: "5px solid var(--chart-line)" }}
      aria-labelledby="accepted-title"
    >
      <Title order={2} size="h3" id="accepted-title">
        {title}
      </Title>
      <Text mt={4}>
        {pooled
          ? `${plural(pooled.genes.length, "gene")} written, by ${pooled.rule}.`
          : `${plural(accepted.measurements, "measurement")} written.`}{" "}
        {typeof accepted.job_id === "number"
          ? `The round is complete: job ${accepted.job_id} learns from it now.`
          : accepted.already_accepted
            ? ""
            : "Learning starts when all plates of the round are in."}
      </Text>
      <Group mt="md">
        {pooled?.round_id && (
          <LinkButton
            to="/c/$campaignId/rounds/$roundId"
            params={{ campaignId, roundId: pooled.round_id }}
          >
            See round {pooled.round_number}
          </LinkButton>
        )}
        {plate.data && (
          <LinkButton
            to="/c/$campaignId/rounds/$roundId"
            params={{ campaignId, roundId: plate.data.round_id }}
          >
            See round {plate.data.round_number}
          </LinkButton>
        )}
        {typeof accepted.job_id === "number" && (
          <LinkButton to="/c/$campaignId/jobs" params={{ campaignId }} variant="default">
            Watch job {accepted.job_id}
          </LinkButton>
        )}
        <Button variant="default" onClick={onClose}>
          Upload another file
        </Button>
      </Group>
    </section>
  );
}
