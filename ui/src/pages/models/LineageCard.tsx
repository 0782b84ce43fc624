import { Text, Title } from "@mantine/core";
import type { ModelVersion } from "../../api/types";
import { Badge } from "../../components/Badge";
import { shortDigest } from "../../format/number";
import { dateTime } from "../../format/time";
import { ModelLink } from "./ModelLink";
import { stateWords } from "./model-words";

type Props = { model: ModelVersion; all: readonly ModelVersion[]; datasetName?: string };

/** Where a version comes from, and what was made of it. */
export function LineageCard({ model, all, datasetName }: Props) {
  const parent = all.find((other) => other.digest === model.parent_digest);
  const children = all.filter((other) => other.parent_digest === model.digest);
  return (
    <section className="card" aria-labelledby="lineage-title">
      <Title order={2} size="h4" mb="sm" id="lineage-title">
        Lineage
      </Title>
      <dl className="facts">
        <dt>Made from</dt>
        <dd>
          {parent ? (
            <Version model={parent} />
          ) : model.parent_digest ? (
            `a version that is no longer here (${shortDigest(model.parent_digest)})`
          ) : (
            "nothing before it: the start of a lineage"
          )}
        </dd>
        {model.dataset_digest && (
          <>
            <dt>Trained on</dt>
            <dd>{datasetName ?? shortDigest(model.dataset_digest)}</dd>
          </>
        )}
        <dt>Made of it</dt>
        <dd>
          {children.length === 0 ? (
            "nothing yet"
          ) : (
            <ul className="plain-list">
              {children.map((child) => (
                <li key={child.digest}>
                  <Version model={child} />
                </li>
              ))}
            </ul>
          )}
        </dd>
      </dl>
    </section>
  );
}

function Version({ model }: { model: ModelVersion }) {
  const [tone, words] = stateWords(model.state);
  return (
    <>
      <ModelLink digest={model.digest}>{model.name}</ModelLink> <Badge tone={tone}>{words}</Badge>{" "}
      <Text span size="sm" c="dimmed">
        {dateTime(model.created_at)}
      </Text>
    </>
  );
}
