import { Text } from "@mantine/core";
import type { ReactNode } from "react";

type Props = { name: string; children: ReactNode; note?: string };

/** One number of a campaign in large type, with what it means. */
export function Fact({ name, children, note }: Props) {
  return (
    <div className="card" style={{ flex: "1 1 170px", padding: "12px 18px" }}>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text size="xl" fw={650} className="number" component="div">
        {children}
      </Text>
      {note && (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
    </div>
  );
}
