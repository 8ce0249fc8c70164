import type { ComponentChildren } from 'preact';
import type { Query } from '../api/use-query.js';
import { defineMessages } from '../i18n/messages.js';
import { useTexts } from '../i18n/texts.js';
import { fromFirstPage, pageOf } from '../paging.js';
import { useSearchParams } from '../router.js';
import { type Column, DataTable } from './data-table.js';
import { Select } from './fields.js';
import { Pager } from './pager.js';
import { Async } from './states.js';

const messages = defineMessages({
  perPage: ['Per page', 'Par page'],
  page: [
    (from: string, to: string, total: string) => `${from} to ${to} of ${total}`,
    (from, to, total) => `${from} à ${to} sur ${total}`,
  ],
});

const PAGE_SIZES = ['25', '50', '100', '200'] as const;

/** The order and the page that an address asks for, as the API is asked for them. */
export function usePaging(order: string): { readonly sort: string; readonly limit: number; readonly offset: number } {
  const [search] = useSearchParams();
  const limit = Number(PAGE_SIZES.find((size) => size === search.get('size')) ?? PAGE_SIZES[0]);
  return { sort: search.get('sort') ?? order, limit, offset: (pageOf(search) - 1) * limit };
}

/** How many rows a page has. */
export function PageSize() {
  const { t } = useTexts(messages);
  const [search, setSearch] = useSearchParams();
  return (
    <Select
      label={t.perPage}
      value={PAGE_SIZES.find((size) => size === search.get('size')) ?? PAGE_SIZES[0]}
      choices={PAGE_SIZES.map((value) => ({ value, label: value }))}
      onChange={(value) => setSearch(fromFirstPage({ size: value === PAGE_SIZES[0] ? '' : value }))}
    />
  );
}

interface PagedTableProps<Row> {
  readonly caption: string;
  readonly query: Query<{ readonly total: number; readonly items: readonly Row[] }>;
  readonly paging: ReturnType<typeof usePaging>;
  readonly columns: readonly Column<Row>[];
  readonly rowKey?: (row: Row, at: number) => string | number;
  /** Whether its columns can be sorted by. */
  readonly isSorted?: boolean;
  /** Pixels of a page, so that nothing below jumps. */
  readonly height: number;
  readonly empty: ComponentChildren;
}

/** A table of which the server has the pages; which one is shown, and in what order, is in the address. */
export function PagedTable<Row>(props: PagedTableProps<Row>) {
  const { caption, query, paging, columns, rowKey, isSorted = true, height, empty } = props;
  const { t, f } = useTexts(messages);
  const [, setSearch] = useSearchParams();
  const { sort, limit, offset } = paging;
  return (
    <Async query={query} height={height} empty={empty}>
      {({ items, total }) => (
        <>
          <DataTable
            caption={caption}
            columns={columns}
            rows={items}
            rowKey={rowKey}
            {...(isSorted && {
              sort: { column: sort.replace(/^-/, ''), descending: sort.startsWith('-') },
              onSort: ({ column, descending }) =>
                setSearch(fromFirstPage({ sort: `${descending ? '-' : ''}${column}` })),
            })}
          />
          <Pager
            page={offset / limit + 1}
            last={Math.max(1, Math.ceil(total / limit))}
            note={t.page(f.integer(offset + 1), f.integer(Math.min(total, offset + limit)), f.integer(total))}
          />
        </>
      )}
    </Async>
  );
}
