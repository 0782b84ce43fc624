import { Text, Title } from "@mantine/core";
import type { ModelCard, ModelVersion } from "../../api/types";
import { bytes, compact, count, plural, shortDigest } from "../../format/number";
import { dateTime } from "../../format/time";
import { familyWords, speciesWords } from "./model-words";

/** Name and words of everything its directory says about a model. */
export function modelFacts(model: ModelVersion, card: ModelCard): [string, string][] {
  const { sizes, vocabulary } = card;
  const size = card.files.reduce((sum, file) => sum + file.bytes, 0);
  return [
    ["Family", [familyWords(card.family), card.variant].filter(Boolean).join(", ")],
    ["Size", `${compact(sizes.parameters)} parameters (${count(sizes.parameters)})`],
    ["Layers", `${count(sizes.layers)}, each ${count(sizes.hidden)} wide`],
    ["Attention", `${count(sizes.heads)} heads; feed-forward block ${count(sizes.ffn)} wide`],
    ["Longest cell", `${count(sizes.context)} tokens`],
    [
      "Vocabulary",
      `${count(vocabulary.genes)} ${speciesWords(vocabulary.species)} genes, ${count(vocabulary.tokens)} tokens in all`,
    ],
    ["Vocabulary from", `${vocabulary.source} (digest ${shortDigest(vocabulary.digest)})`],
    ["Can be used for", card.abilities.join(", ")],
    ["Files", `${card.files.map((file) => file.name).join(", ")} (${bytes(size)})`],
    ["Added", dateTime(model.created_at)],
    ["Digest", model.digest],
  ];
}

/** What a model is. */
export function FactsCard({ model, card }: { model: ModelVersion; card: ModelCard }) {
  return (
    <section className="card" aria-labelledby="facts-title">
      <Title order={2} size="h4" mb="sm" id="facts-title">
        Facts
      </Title>
      <dl className="facts">
        {modelFacts(model, card).map(([name, words]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{words}</dd>
          </div>
        ))}
        <dt>Cell embeddings</dt>
        <dd>
          <ul className="plain-list">
            {card.embeddings.map((kind) => (
              <li key={kind.name}>
                <strong>{kind.name}</strong>, {count(kind.width)} wide: {kind.what}
              </li>
            ))}
          </ul>
        </dd>
        {card.labels.length > 0 && (
          <>
            <dt>Classes</dt>
            <dd>{card.labels.join(", ")}</dd>
          </>
        )}
      </dl>
      {card.campaign_refusal && (
        <Text size="sm" mt="sm">
          Not for campaigns: {card.campaign_refusal}
        </Text>
      )}
      {card.ignored_keys.length > 0 && (
        <details className="details" style={{ marginTop: 14 }}>
          <summary>
            {plural(card.ignored_keys.length, "known key")} of the checkpoint{" "}
            {card.ignored_keys.length === 1 ? "is" : "are"} not used
          </summary>
          <ul className="key-list">
            {card.ignored_keys.map((key) => (
              <li key={key}>
                <code>{key}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
