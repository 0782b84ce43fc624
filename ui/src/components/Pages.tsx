import { Group, Pagination, Text } from "@mantine/core";
import { count } from "../format/number";

type Props = {
  total: number;
  size: number;
  page: number;
  onPage: (page: number | undefined) => void;
};

/** The way through a long table; nothing when it has one page. */
export function Pages({ total, size, page, onPage }: Props) {
  const pages = Math.ceil(total / size);
  if (pages <= 1) return null;
  return (
    <Group justify="space-between">
      <Text size="sm" c="dimmed">
        Page {count(page)} of {count(pages)}
      </Text>
      <Pagination
        total={pages}
        value={page}
        onChange={(number) => onPage(number > 1 ? number : undefined)}
        getControlProps={(control) => ({ "aria-label": `${control} page` })}
        getItemProps={(number) => ({ "aria-label": `Page ${number}` })}
      />
    </Group>
  );
}
