import { Table, Text } from "@mantine/core";
import { ariaSort, type Direction, toggled } from "./sorting";

type Props<Key extends string> = {
  column: Key;
  /** The table's sort now, as `ariaSort` reads it. */
  sort: string;
  /** The end of the column that is looked for first. */
  first: Direction;
  onSort: (sort: string) => void;
  number?: boolean;
  note?: string;
  children: string;
};

const ARROW = { ascending: " ↑", descending: " ↓", none: "" };

/** A column's head that sorts by it. */
export function SortHeader<Key extends string>(props: Props<Key>) {
  const { column, sort, first, onSort, number, note, children } = props;
  const now = ariaSort(sort, column);
  return (
    <Table.Th aria-sort={now} className={number ? "number" : undefined}>
      <button type="button" className="sort" onClick={() => onSort(toggled(sort, column, first))}>
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
