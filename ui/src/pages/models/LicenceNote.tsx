import { Anchor, Text, Title } from "@mantine/core";
import type { ModelLicence } from "../../api/types";
import { licenceTone, sentence, sourceLink } from "./model-words";

type Props = { licence: ModelLicence; id: string };

/** What a user must know before using the weights, where it cannot be missed. */
export function LicenceNote({ licence, id }: Props) {
  const link = sourceLink(licence.source);
  const edge = licenceTone(licence) === "warn" ? "var(--chart-hit)" : "var(--chart-line)";
  return (
    <section className="card" style={{ borderLeft: `5px solid ${edge}` }} aria-labelledby={id}>
      <Title order={2} size="h4" id={id}>
        Licence of the weights: {licence.name}
      </Title>
      <Text mt={4}>{sentence(licence.note)}</Text>
      {licence.source && (
        <Text size="sm" c="dimmed" mt={4} style={{ overflowWrap: "anywhere" }}>
          Stated in{" "}
          {link ? (
            <Anchor href={link} target="_blank" rel="noreferrer" underline="always" size="sm">
              {link}
            </Anchor>
          ) : (
            licence.source
          )}
        </Text>
      )}
    </section>
  );
}
