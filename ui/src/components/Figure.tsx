import { Button, Group, Title } from "@mantine/core";
import { type ReactNode, useId, useState } from "react";

type Props = { title: string; caption: ReactNode; table: ReactNode; children: ReactNode };

/** A figure with its caption and, at a click, the same numbers as a table. */
export function Figure({ title, caption, table, children }: Props) {
  const [asTable, setAsTable] = useState(false);
  const id = useId();
  return (
    <figure className="card" style={{ margin: 0 }} aria-labelledby={id}>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4" id={id}>
          {title}
        </Title>
        <Button
          size="xs"
          variant="default"
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? "Show as figure" : "Show as table"}
        </Button>
      </Group>
      {asTable ? table : children}
      <figcaption style={{ marginTop: 12, fontSize: 13, color: "var(--mantine-color-dimmed)" }}>
        {caption}
      </figcaption>
    </figure>
  );
}
