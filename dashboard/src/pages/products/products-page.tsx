import type { ImpactItem } from '@ecobalyse/schema';
import { useState } from 'preact/hooks';
import { download } from '../../api/client.js';
import { useAction, useQuery } from '../../api/use-query.js';
import { comparisonMessages } from '../../comparison/comparison-messages.js';
import { SelectionBar } from '../../comparison/selection-bar.js';
import { useTexts } from '../../i18n/texts.js';
import type { PageProps } from '../../page-props.js';
import { Link, useSearchParams } from '../../router.js';
import { Button } from '../../ui/button.js';
import type { Column } from '../../ui/data-table.js';
import { GridScope } from '../../ui/grid-scope.js';
import { NothingYet } from '../../ui/nothing-yet.js';
import { Card, Page } from '../../ui/page.js';
import { PagedTable, PageSize, usePaging } from '../../ui/paged-table.js';
import { type Filter, filtersIn, SearchFilters } from '../../ui/search-filters.js';
import { selectionColumn } from '../../ui/selection-column.js';
import { EmptyState, ErrorState } from '../../ui/states.js';
import { useProductFilters } from './product-filters.js';
import { productsMessages } from './products-messages.js';

const SCENARIOS = ['regular', 'low-cost', 'none'] as const;
const CATALOGUES = ['reference-grid', 'api'] as const;
/** Rows of a page of 25, so that nothing below jumps. */
const TABLE_HEIGHT = 1120;

function useColumns(
  items: readonly ImpactItem[],
  selected: ReadonlySet<string>,
  select: (ids: ReadonlySet<string>) => void,
): Column<ImpactItem>[] {
  const { t, f, v } = useTexts(productsMessages);
  const ofSelection = useTexts(comparisonMessages).t;
  const namesOf = ({ materials }: ImpactItem) =>
    f.list(
      materials.map(({ id, name, share }) =>
        materials.length === 1 ? v.material(id ?? '', name) : `${v.material(id ?? '', name)} ${f.percent(share ?? 0)}`,
      ),
    );
  /** What tells it from the others of its type. */
  const described = (item: ImpactItem) =>
    [namesOf(item), f.known(item.mass, f.mass), f.known(item.country_making, f.country)].join(' · ');
  return [
    selectionColumn({
      items,
      idOf: ({ md5_id }) => md5_id ?? '',
      selected,
      select,
      all: ofSelection.selectAll,
      one: (item) => ofSelection.select(`${v.product(item.product_id, item.product_name)}, ${namesOf(item)}`),
    }),
    {
      sort: 'product_id',
      header: t.product,
      cell: (item) => (
        <Link
          to={`/products/${item.md5_id}`}
          aria-label={`${v.product(item.product_id, item.product_name)} · ${described(item)}`}
        >
          {v.product(item.product_id, item.product_name)}
        </Link>
      ),
      detail: described,
    },
    { sort: 'ecs', header: t.cost, figure: ({ ecs }) => (ecs === null ? '–' : f.points(ecs)) },
    { header: t.methodVersion, cell: ({ method_version }) => method_version ?? '–' },
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
  const { t, f, v } = useTexts(productsMessages);
  const [search] = useSearchParams();
  const [selected, select] = useState<ReadonlySet<string>>(new Set());
  const ofProducts = useProductFilters();
  const filters: readonly Filter[] = [
    ...ofProducts.filters,
    {
      name: 'scenario',
      label: t.scenario,
      kind: 'choice',
      choices: SCENARIOS.map((value) => ({ value, label: v.scenario(value) })),
    },
    {
      name: 'catalogue',
      label: t.catalogue,
      kind: 'choice',
      choices: CATALOGUES.map((value) => ({ value, label: t[value] })),
    },
  ];
  const given = filtersIn(search, filters);
  const paging = usePaging('-ecs');
  const query = useQuery('GET /impacts', { query: { ...given, ...paging } });
  const columns = useColumns(query.data?.items ?? [], selected, select);
  const toFile = useAction(() => download('GET /export/impacts.csv', { query: given }, 'impacts.csv'));
  return (
    <Page
      title={t.title}
      intro={t.intro}
      scope={<GridScope isGridAlone={given.catalogue === 'reference-grid'} />}
      actions={
        <Button icon="download" disabled={toFile.busy} onClick={() => void toFile.run(undefined)}>
          {toFile.busy ? t.exporting : t.exportCsv}
        </Button>
      }
    >
      {toFile.error && <ErrorState error={toFile.error} />}
      <SearchFilters filters={filters}>
        {ofProducts.query.error && <ErrorState error={ofProducts.query.error} onRetry={ofProducts.query.retry} />}
      </SearchFilters>
      <Card title={query.data ? t.found(f.integer(query.data.total)) : t.title} actions={<PageSize />}>
        <SelectionBar items={[...selected]} clear={() => select(new Set())} />
        <PagedTable
          caption={t.table}
          query={query}
          paging={paging}
          columns={columns}
          rowKey={({ md5_id }, at) => md5_id ?? at}
          height={TABLE_HEIGHT}
          empty={
            Object.values(given).some((value) => value !== '') ? (
              <EmptyState title={t.emptyTitle} height={300} hint={t.emptyHint} />
            ) : (
              <NothingYet what="products" height={300} />
            )
          }
        />
      </Card>
    </Page>
  );
}
