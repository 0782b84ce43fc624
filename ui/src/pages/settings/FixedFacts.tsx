import { Text, Title } from "@mantine/core";
import type { Campaign } from "../../api/types";
import { count, shortDigest } from "../../format/number";
import { dateTime } from "../../format/time";

/** What cannot change in a running campaign. */
export function FixedFacts({ campaign: c }: { campaign: Campaign }) {
  return (
    <section className="card" aria-labelledby="fixed-settings">
      <Title order={2} size="h4" id="fixed-settings" mb="xs">
        Fixed
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        Rounds of one campaign are compared with each other, so these stay. Make a new campaign to
        change them.
      </Text>
      <dl className="facts">
        <dt>Read-out</dt>
        <dd>{c.readout}</dd>
        <dt>Hit rule</dt>
        <dd>{c.hit_rule}</dd>
        <dt>Candidates</dt>
        <dd>
          {count(c.n_candidates)} offered, {count(c.n_excluded)} set aside; core-essential genes{" "}
          {c.exclude_essential ? "left out" : "offered"}
        </dd>
        <dt>Plates</dt>
        <dd>
          {c.plate_format} wells, {c.non_targeting.length} negative controls, positive control{" "}
          {c.positive.join(", ") || "none"}
        </dd>
        <dt>In-silico screen</dt>
        <dd>
          {c.screen.state_column}: {c.screen.start_value} to {c.screen.goal_value}
        </dd>
        <dt>Data set</dt>
        <dd>{shortDigest(c.dataset_digest)}</dd>
        <dt>Model in use</dt>
        <dd>{shortDigest(c.model_digest)}; only a promotion changes it</dd>
        <dt>Seed</dt>
        <dd>{c.seed}; the same seed and results give the same picks</dd>
        <dt>Made</dt>
        <dd>{dateTime(c.created_at)}</dd>
      </dl>
    </section>
  );
}
