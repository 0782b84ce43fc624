import { Text, Title } from "@mantine/core";
import type { ModelVersion } from "../../api/types";
import { fixed } from "../../format/number";
import { dateTime, duration } from "../../format/time";
import { paritySentence } from "./model-words";
import { ParityMark } from "./ParityMark";
import { VerifyButton } from "./VerifyButton";

/** Whether the model gives the numbers of its definition on this server. */
export function ParityCard({ model }: { model: ModelVersion }) {
  const { parity } = model;
  return (
    <section className="card" aria-labelledby="parity-title">
      <Title order={2} size="h4" mb="sm" id="parity-title">
        Parity on this server
      </Title>
      {parity ? (
        <>
          <ParityMark parity={parity} />
          <Text size="sm" mt="xs">
            {paritySentence(parity)}
          </Text>
          <Text size="sm" c="dimmed" mt={4}>
            Verified {dateTime(parity.verified_at)} by nextwell {parity.code_version} in{" "}
            {parity.seconds < 10 ? `${fixed(parity.seconds, 1)} s` : duration(parity.seconds)}, on
            the embedding “{parity.embedding}”.
          </Text>
        </>
      ) : (
        <Text size="sm">
          Not verified. The check runs a few cells through the fast code of this server's device and
          through the model's definition, alone and together, and compares every number.
        </Text>
      )}
      <div style={{ marginTop: 14 }}>
        <VerifyButton digest={model.digest} name={model.name} again={Boolean(parity)} />
      </div>
    </section>
  );
}
