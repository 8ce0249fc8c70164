import type { ComponentChildren } from 'preact';

export interface Column<Row> {
  /** What a sort by it is called. */
  readonly sort?: string;
  readonly header: string;
  /** In the place of the header, which names it all the same. */
  readonly head?: ComponentChildren;
  readonly cell?: (row: Row) => ComponentChildren;
  /** A cell of figures: right-aligned, digits of one width. */
  readonly figure?: (row: Row) => ComponentChildren;
  /** Below the cell on phones, in place of a column that is left out. */
  readonly detail?: (row: Row) => ComponentChildren;
  /** Left out on phones. */
  readonly minor?: boolean;
  /** Never broken into lines. */
  readonly whole?: boolean;
}

export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

interface DataTableProps<Row> {
  /** Read out by screen readers. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** Where cells have something to press or to fill in; rows of text only are told apart by their place. */
  readonly rowKey?: ((row: Row, at: number) => string | number) | undefined;
  readonly sort?: Sort;
  readonly onSort?: (sort: Sort) => void;
}

const cellClass = <Row,>({ figure, minor, whole }: Column<Row>) =>
  [figure && 'numeric', minor && 'minor', whole && 'whole'].filter(Boolean).join(' ') || undefined;

/** A table that scrolls sideways in its own box on a narrow screen. */
export function DataTable<Row>({ caption, columns, rows, rowKey = (_, at) => at, sort, onSort }: DataTableProps<Row>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: no fieldset, and no landmark beside its card's.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
    <div class="table-scroll" role="group" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => {
              const { sort: name, header } = column;
              const isSorted = name !== undefined && sort?.column === name;
              const direction = sort?.descending ? 'descending' : 'ascending';
              return (
                <th
                  key={header}
                  scope="col"
                  class={cellClass(column)}
                  {...(isSorted && { 'aria-sort': direction as 'ascending' | 'descending' })}
                >
                  {name !== undefined && onSort ? (
                    <button
                      type="button"
                      class="sort-button"
                      onClick={() => onSort({ column: name, descending: isSorted ? !sort.descending : false })}
                    >
                      {header}
                      <span aria-hidden="true" class="sort-mark">
                        {isSorted ? (sort.descending ? '↓' : '↑') : '↕'}
                      </span>
                    </button>
                  ) : (
                    (column.head ?? header)
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={rowKey(row, at)}>
              {columns.map((column) => (
                <td key={column.header} class={cellClass(column)}>
                  {(column.figure ?? column.cell)?.(row)}
                  {column.detail && <span class="soft hint phone-only">{column.detail(row)}</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
