import { Drawer, Group } from "@mantine/core";
import type { ReactNode } from "react";

type Props = { opened: boolean; onClose: () => void; title: string; children: ReactNode };

/** A drawer on the right; its head is no page banner, so it is a plain group. */
export function SidePanel({ opened, onClose, title, children }: Props) {
  return (
    <Drawer.Root opened={opened} onClose={onClose} position="right" size="lg">
      <Drawer.Overlay />
      <Drawer.Content>
        <Group justify="space-between" p="md" pb="xs">
          <Drawer.Title fw={700} fz="lg">
            {title}
          </Drawer.Title>
          <Drawer.CloseButton aria-label="Close" />
        </Group>
        <Drawer.Body>{children}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
