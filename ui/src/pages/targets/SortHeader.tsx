import { Table, Text } from "@mantine/core";
import { ariaSort, type SortKey, toggled } from "./target-search";

type Props = {
  column: SortKey;
  sort: string | undefined;
  onSort: (sort: string) => void;
  number?: boolean;
  note?: string;
  children: string;
};

const ARROW = { ascending: " ↑", descending: " ↓", none: "" };

/** A column's head that sorts by it. */
export function SortHeader({ column, sort, onSort, number, note, children }: Props) {
  const now = ariaSort(sort, column);
  return (
    <Table.Th aria-sort={now} className={number ? "number" : undefined}>
      <button type="button" className="sort" onClick={() => onSort(toggled(sort, column))}>
        {children}
        <span aria-hidden="true">{ARROW[now]}</span>
      </button>
      {note && (
        <Text size="xs" c="dimmed" fw={400} className="number">
          {note}
        </Text>
      )}
    </Table.Th>
  );
}
