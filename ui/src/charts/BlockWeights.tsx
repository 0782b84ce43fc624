import { Table } from "@mantine/core";
import type { BlockWeight } from "../api/types";
import { fixed, percent } from "../format/number";
import { Bar } from "./Bar";

/** Weights the surrogate gave to each kind of knowledge, largest first. */
export function BlockWeights({ blocks }: { blocks: readonly BlockWeight[] }) {
  const largest = Math.max(0, ...blocks.map((b) => b.weight));
  const sorted = [...blocks].sort((a, b) => b.weight - a.weight || a.name.localeCompare(b.name));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="scroll" tabIndex={0} aria-label="Weights">
      <Table className="table" aria-label="Weights of the surrogate's blocks">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Block</Table.Th>
            <Table.Th>Weight (90 % interval)</Table.Th>
            <Table.Th className="number">Genes covered</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sorted.map((block) => (
            <Table.Tr key={block.name}>
              <Table.Td title={block.source}>{block.name}</Table.Td>
              <Table.Td className="number" style={{ textAlign: "left" }}>
                <Bar
                  share={largest > 0 ? block.weight / largest : 0}
                  width={90}
                  label={`weight ${fixed(block.weight, 3)}`}
                />{" "}
                {fixed(block.weight, 3)}
                {typeof block.low === "number" && typeof block.high === "number" && (
                  <span style={{ color: "var(--mantine-color-dimmed)" }}>
                    {" "}
                    ({fixed(block.low, 3)} to {fixed(block.high, 3)})
                  </span>
                )}
              </Table.Td>
              <Table.Td className="number">{percent(block.coverage)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
