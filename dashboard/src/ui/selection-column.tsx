import type { Column } from './data-table.js';

interface SelectionOf<Row> {
  /** Rows of the page. */
  readonly items: readonly Row[];
  /** What a row is chosen by. */
  readonly idOf: (row: Row) => string;
  readonly selected: ReadonlySet<string>;
  readonly select: (ids: ReadonlySet<string>) => void;
  /** For who hears the boxes without their rows. */
  readonly all: string;
  readonly one: (row: Row) => string;
}

/** A column of boxes by which rows are chosen, one by one or a page at once. */
export function selectionColumn<Row>(of: SelectionOf<Row>): Column<Row> {
  const { items, idOf, selected, select, all, one } = of;
  const isWhole = items.length > 0 && items.every((row) => selected.has(idOf(row)));
  const having = (ids: readonly string[], isIn: boolean) =>
    select(new Set(isIn ? [...selected, ...ids] : [...selected].filter((id) => !ids.includes(id))));
  const page = () => items.map(idOf);
  return {
    header: all,
    head: <input type="checkbox" aria-label={all} checked={isWhole} onChange={() => having(page(), !isWhole)} />,
    cell: (row) => (
      <input
        type="checkbox"
        aria-label={one(row)}
        checked={selected.has(idOf(row))}
        onChange={() => having([idOf(row)], !selected.has(idOf(row)))}
      />
    ),
  };
}
