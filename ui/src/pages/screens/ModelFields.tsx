import { Checkbox, Stack, Text, Title } from "@mantine/core";
import type { ModelVersion } from "../../api/types";
import { compact } from "../../format/number";
import { familyWords } from "../models/model-words";
import type { Part } from "./NewScreen";

type Props = Part & { models: readonly ModelVersion[] };

/** Which models screen: each gets a screen of its own, and they can be compared. */
export function ModelFields({ form, change, models }: Props) {
  const toggle = (digest: string) =>
    change({
      models: form.models.includes(digest)
        ? form.models.filter((one) => one !== digest)
        : [...form.models, digest],
    });
  return (
    <section className="card" aria-labelledby="models-title">
      <Title order={2} size="h4" id="models-title">
        Models
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        Each gets a screen of its own. What several families agree on is worth more than what one of
        them says.
      </Text>
      <Stack gap="xs">
        {models.map((model) => (
          <Checkbox
            key={model.digest}
            label={`${model.name} · ${familyWords(model.family)}${model.card ? `, ${compact(model.card.sizes.parameters)} parameters` : ""}`}
            checked={form.models.includes(model.digest)}
            onChange={() => toggle(model.digest)}
          />
        ))}
      </Stack>
    </section>
  );
}
