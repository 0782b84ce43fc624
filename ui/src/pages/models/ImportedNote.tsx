import { Button, Group, Stack, Text } from "@mantine/core";
import type { ModelVersion } from "../../api/types";
import { compact } from "../../format/number";
import { LicenceNote } from "./LicenceNote";
import { ModelLink } from "./ModelLink";
import { familyWords } from "./model-words";

type Props = { model: ModelVersion; onClose: () => void };

/** A checkpoint came in: what it is, and the terms of its weights. */
export function ImportedNote({ model, onClose }: Props) {
  const { card } = model;
  const kind = [familyWords(model.family), card?.variant].filter(Boolean).join(", ");
  return (
    <Stack>
      <Text role="status">
        <strong>{model.name}</strong> was imported: {kind}
        {card ? `, ${compact(card.sizes.parameters)} parameters` : ""}.
      </Text>
      {card && <LicenceNote licence={card.licence} id="imported-licence" />}
      <Group justify="space-between">
        <ModelLink digest={model.digest}>Open {model.name}</ModelLink>
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Stack>
  );
}
