import type { ImpactItem } from '@ecobalyse/schema';
import { useEffect, useState } from 'preact/hooks';
import { download } from '../../api/client.js';
import { useAction, useDebounced, useQuery } from '../../api/use-query.js';
import { useReference } from '../../garment/use-reference.js';
import { isPlainNumber } from '../../i18n/numbers.js';
import { useTexts } from '../../i18n/texts.js';
import type { PageProps } from '../../page-props.js';
import { fromFirstPage, pageOf } from '../../paging.js';
import { Link, useSearchParams } from '../../router.js';
import { Button } from '../../ui/button.js';
import { type Column, DataTable } from '../../ui/data-table.js';
import { type Choice, Input, NumberInput, Select } from '../../ui/fields.js';
import { NothingYet } from '../../ui/nothing-yet.js';
import { Card, Page } from '../../ui/page.js';
import { Pager } from '../../ui/pager.js';
import { Async, EmptyState, ErrorState } from '../../ui/states.js';
import { productsMessages } from './products-messages.js';

const PAGE_SIZES = ['25', '50', '100', '200'] as const;
const SCENARIOS = ['regular', 'low-cost', 'none'] as const;
/** Rows of a page of 25, so that nothing below jumps. */
const TABLE_HEIGHT = 1120;

/** The filters that the address keeps, by their name in the API. */
const FILTERS = ['q', 'product', 'material', 'country', 'process', 'scenario', 'min_ecs', 'max_ecs'] as const;
type Filter = (typeof FILTERS)[number];

const isBound = (text: string) => text === '' || isPlainNumber(text);

/** A text field whose value goes to the address when the typing pauses. */
function useTypedFilter(name: Filter, accepts = (_text: string) => true): [string, (value: string) => void] {
  const [search, setSearch] = useSearchParams();
  const inAddress = search.get(name) ?? '';
  const [typed, setTyped] = useState(inAddress);
  const settled = useDebounced(typed, 300);
  // The typing reaches the address, and a change of the address (back, clear) the field.
  useEffect(() => {
    if (settled !== inAddress && accepts(settled)) setSearch(fromFirstPage({ [name]: settled }));
  }, [settled]);
  useEffect(() => setTyped(inAddress), [inAddress]);
  return [typed, setTyped];
}

function Filters({ filters }: { filters: Readonly<Record<Filter, string>> }) {
  const { t, v } = useTexts(productsMessages);
  const [, setSearch] = useSearchParams();
  const reference = useReference();
  const [words, setWords] = useTypedFilter('q');
  const [minimum, setMinimum] = useTypedFilter('min_ecs', isBound);
  const [maximum, setMaximum] = useTypedFilter('max_ecs', isBound);
  const set = (name: Filter) => (value: string) => setSearch(fromFirstPage({ [name]: value }));
  const withAll = (choices: readonly Choice[]) => [{ value: '', label: t.all }, ...choices];
  const selects: readonly (readonly [Filter, string, readonly Choice[]])[] = [
    ['product', t.type, reference.products],
    ['material', t.material, reference.materials],
    ['country', t.country, reference.countries],
    ['process', t.process, reference.processes],
    ['scenario', t.scenario, SCENARIOS.map((value) => ({ value, label: v.scenario(value) }))],
  ];
  const isFiltered = FILTERS.some((name) => filters[name] !== '');
  return (
    <Card
      title={t.filters}
      actions={
        isFiltered && (
          <button
            type="button"
            class="link-button"
            onClick={() => setSearch(fromFirstPage(Object.fromEntries(FILTERS.map((name) => [name, '']))))}
          >
            {t.clear}
          </button>
        )
      }
    >
      <div class="fields filters">
        <Input type="search" label={t.search} placeholder={t.searchHint} value={words} onChange={setWords} />
        {selects.map(([name, label, choices]) => (
          <Select key={name} label={label} value={filters[name]} choices={withAll(choices)} onChange={set(name)} />
        ))}
        <NumberInput label={t.minimum} unit="Pts" value={minimum} onChange={setMinimum} />
        <NumberInput label={t.maximum} unit="Pts" value={maximum} onChange={setMaximum} />
      </div>
      {reference.query.error && <ErrorState error={reference.query.error} onRetry={reference.query.retry} />}
    </Card>
  );
}

function useColumns(): Column<ImpactItem>[] {
  const { t, f, v } = useTexts(productsMessages);
  const namesOf = ({ materials }: ImpactItem) =>
    f.list(
      materials.map(({ id, name, share }) =>
        materials.length === 1 ? v.material(id ?? '', name) : `${v.material(id ?? '', name)} ${f.percent(share ?? 0)}`,
      ),
    );
  return [
    {
      sort: 'product_id',
      header: t.product,
      cell: (item) => <Link to={`/products/${item.md5_id}`}>{v.product(item.product_id, item.product_name)}</Link>,
      detail: namesOf,
    },
    { sort: 'ecs', header: t.cost, figure: ({ ecs }) => (ecs === null ? '–' : f.points(ecs)) },
    { header: t.materials, minor: true, cell: namesOf },
    { sort: 'mass', header: t.mass, minor: true, figure: ({ mass }) => (mass === null ? '–' : f.mass(mass)) },
    {
      sort: 'country_making',
      header: t.making,
      minor: true,
      cell: ({ country_making }) => (country_making === null ? '–' : f.country(country_making)),
    },
    {
      sort: 'durability',
      header: t.durability,
      minor: true,
      figure: ({ durability }) => (durability === null ? '–' : f.number(durability, 3)),
    },
    {
      sort: 'created_at',
      header: t.added,
      minor: true,
      whole: true,
      cell: ({ created_at }) => (created_at === null ? '–' : f.date(created_at)),
    },
  ];
}

/** The table of all products: filters, order and page are in the address and worked out by the server. */
export default function ProductsPage(_: PageProps) {
  const { t, f } = useTexts(productsMessages);
  const [search, setSearch] = useSearchParams();
  const columns = useColumns();
  const filters = Object.fromEntries(FILTERS.map((name) => [name, search.get(name) ?? ''])) as Record<Filter, string>;
  const sort = search.get('sort') ?? '-ecs';
  const pageSize = Number(PAGE_SIZES.find((size) => size === search.get('size')) ?? PAGE_SIZES[0]);
  const page = pageOf(search);
  const query = useQuery('GET /impacts', {
    query: { ...filters, sort, limit: pageSize, offset: (page - 1) * pageSize },
  });
  const toFile = useAction(() => download('GET /export/impacts.csv', { query: filters }, 'impacts.csv'));
  const isFiltered = FILTERS.some((name) => filters[name] !== '');
  return (
    <Page
      title={t.title}
      intro={t.intro}
      actions={
        <Button icon="download" disabled={toFile.busy} onClick={() => void toFile.run(undefined)}>
          {toFile.busy ? t.exporting : t.exportCsv}
        </Button>
      }
    >
      {toFile.error && <ErrorState error={toFile.error} />}
      <Filters filters={filters} />
      <Card
        title={query.data ? t.found(f.integer(query.data.total)) : t.title}
        actions={
          <Select
            label={t.perPage}
            value={String(pageSize)}
            choices={PAGE_SIZES.map((value) => ({ value, label: value }))}
            onChange={(value) => setSearch(fromFirstPage({ size: value === PAGE_SIZES[0] ? '' : value }))}
          />
        }
      >
        <Async
          query={query}
          height={TABLE_HEIGHT}
          isEmpty={({ total }) => total === 0}
          empty={
            isFiltered ? (
              <EmptyState title={t.emptyTitle} height={300}>
                {t.emptyHint}
              </EmptyState>
            ) : (
              <NothingYet what="products" height={300} />
            )
          }
        >
          {({ items, total }) => (
            <>
              <DataTable
                caption={t.table}
                columns={columns}
                rows={items}
                rowKey={({ md5_id }, at) => md5_id ?? at}
                sort={{ column: sort.replace(/^-/, ''), descending: sort.startsWith('-') }}
                onSort={({ column, descending }) =>
                  setSearch(fromFirstPage({ sort: `${descending ? '-' : ''}${column}` }))
                }
              />
              <Pager
                page={page}
                last={Math.max(1, Math.ceil(total / pageSize))}
                note={t.page(
                  f.integer((page - 1) * pageSize + 1),
                  f.integer(Math.min(total, page * pageSize)),
                  f.integer(total),
                )}
              />
            </>
          )}
        </Async>
      </Card>
    </Page>
  );
}
