import { Anchor, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Round } from "../../api/types";

/** The plates of a round by name, each a jump to its map. */
export function PlateLinks({ plates }: { plates: Round["plates"] }) {
  return (
    <Group gap="md" className="no-print" component="nav" aria-label="Plates of the round">
      <Text size="sm">{plates.length} plates:</Text>
      {plates.map((plate) => (
        <Anchor
          key={plate.id}
          component={Link}
          to="."
          hash={plate.barcode}
          size="sm"
          underline="always"
        >
          {plate.barcode}
          {plate.donor && ` (${plate.donor})`}
        </Anchor>
      ))}
    </Group>
  );
}
