import type { CatalogueProductView, CatalogueView } from '@ecobalyse/schema';
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../../api/client.js';
import { useMay } from '../../api/use-me.js';
import { forgetProductAnswers, useAction, useQuery } from '../../api/use-query.js';
import { SelectionBar } from '../../comparison/selection-bar.js';
import { useTexts } from '../../i18n/texts.js';
import type { PageProps } from '../../page-props.js';
import { fromFirstPage } from '../../paging.js';
import { Link, navigate, useSearchParams } from '../../router.js';
import { Button } from '../../ui/button.js';
import type { Column } from '../../ui/data-table.js';
import { DownloadMenu, TABLE_FORMS } from '../../ui/download-menu.js';
import { LinkButton } from '../../ui/link-button.js';
import { Card, Page } from '../../ui/page.js';
import { PagedTable, PageSize, usePaging } from '../../ui/paged-table.js';
import { type Filter, filtersIn, SearchFilters } from '../../ui/search-filters.js';
import { selectionColumn } from '../../ui/selection-column.js';
import { Async, EmptyState, ErrorState } from '../../ui/states.js';
import { Templates } from '../../ui/templates.js';
import { warningsColumn } from '../../ui/warnings.js';
import { useProductFilters } from '../products/product-filters.js';
import { Changes } from './catalogue-changes.js';
import { DeclarationTab } from './catalogue-declaration.js';
import { catalogueMessages, cataloguesMessages } from './catalogues-messages.js';
import { per100g } from './per-100g.js';
import { UndoButton } from './undo-button.js';

const TABLE_HEIGHT = 1120;
const TABS = ['products', 'changes', 'declaration'] as const;

function useColumns(
  catalogue: string,
  items: readonly CatalogueProductView[],
  selected: ReadonlySet<string>,
  select: (ids: ReadonlySet<string>) => void,
): Column<CatalogueProductView>[] {
  const { t, f, v } = useTexts(catalogueMessages);
  return [
    selectionColumn({
      items,
      idOf: (product) => product.id,
      selected,
      select,
      all: t.selectAll,
      one: ({ reference }) => t.select(reference),
    }),
    {
      sort: 'reference',
      header: t.reference,
      cell: ({ id, reference }) => <Link to={`/catalogues/${catalogue}/products/${id}`}>{reference}</Link>,
      detail: ({ name, product_id }) => name ?? v.product(product_id),
    },
    { sort: 'name', header: t.name, minor: true, cell: ({ name }) => name ?? '–' },
    {
      sort: 'product_id',
      header: t.type,
      minor: true,
      cell: ({ product_id, product_name }) => v.product(product_id, product_name),
    },
    { sort: 'mass', header: t.mass, minor: true, figure: ({ mass }) => (mass === null ? '–' : f.mass(mass)) },
    { sort: 'ecs', header: t.cost, figure: ({ ecs }) => (ecs === null ? '–' : f.points(ecs)) },
    { header: t.methodVersion, cell: ({ method_version }) => method_version ?? '–' },
    { header: t.per100g, minor: true, figure: (item) => f.known(per100g(item), f.points) },
    {
      header: t.rank,
      minor: true,
      figure: ({ percentile }) => f.known(percentile, (rank) => f.percent(rank / 100)),
    },
    ...warningsColumn(t.warnings, items),
  ];
}

function Products({ catalogue }: { catalogue: CatalogueView }) {
  const { t, f } = useTexts(catalogueMessages);
  const { needsWriter } = useTexts(cataloguesMessages).t;
  const { id } = catalogue;
  const may = useMay('writer');
  const [search, setSearch] = useSearchParams();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { filters: ofProducts, query: lists } = useProductFilters();
  const filters: readonly Filter[] = [
    ...ofProducts.map((filter) => (filter.name === 'q' ? { ...filter, hint: t.searchHint } : filter)),
    { name: 'brand', label: t.brand, kind: 'words' },
    { name: 'tag', label: t.tag, kind: 'words' },
  ];
  const change = search.get('change') ?? '';
  const given = { ...filtersIn(search, filters), change };
  const paging = usePaging('reference');
  const query = useQuery('GET /catalogues/{id}/products', { path: { id }, query: { ...given, ...paging } });
  const columns = useColumns(id, query.data?.items ?? [], selected, setSelected);
  const remove = useAction(async (ids: readonly string[]) => {
    const deleted = await ask('DELETE /catalogues/{id}/products', { path: { id }, body: { ids } });
    setSelected(new Set());
    forgetProductAnswers();
    return deleted;
  });
  const isFiltered = Object.values(given).some((value) => value !== '');
  if (!isFiltered && query.data?.total === 0 && !remove.result)
    return (
      <Card title={t.noneTitle}>
        <EmptyState title={t.noneHint} height={200}>
          <p>
            <LinkButton to={`/score?mode=file&catalogue=${id}`} kind="primary" icon="upload">
              {t.addFile}
            </LinkButton>
          </p>
          <p>
            {t.template} <Templates />
          </p>
        </EmptyState>
      </Card>
    );
  return (
    <>
      <SearchFilters filters={filters}>
        {lists.error && <ErrorState error={lists.error} onRetry={lists.retry} />}
      </SearchFilters>
      <Card title={query.data ? t.found(f.integer(query.data.total)) : t.productsTab} actions={<PageSize />}>
        {change && (
          <p class="notice row-between">
            {t.ofChange}
            <button type="button" class="link-button" onClick={() => setSearch(fromFirstPage({ change: '' }))}>
              {t.showAll}
            </button>
          </p>
        )}
        {remove.result && (
          <div class="notice good row-between">
            <span role="status">{t.deleted(f.integer(remove.result.deleted))}</span>
            <UndoButton catalogue={id} change={remove.result.change} kind="small" onUndone={remove.reset} />
          </div>
        )}
        {remove.error && <ErrorState error={remove.error} />}
        <SelectionBar items={[...selected].map((product) => `${id}/${product}`)} clear={() => setSelected(new Set())}>
          <Button
            kind="danger"
            icon="trash"
            disabled={!may || remove.busy}
            {...(!may && { title: needsWriter })}
            onClick={() => void remove.run([...selected])}
          >
            {t.deleteSelected}
          </Button>
        </SelectionBar>
        <PagedTable
          caption={t.table}
          query={query}
          paging={paging}
          columns={columns}
          rowKey={({ id: product }) => product}
          height={Math.min(TABLE_HEIGHT, 100 + 45 * catalogue.products)}
          empty={<EmptyState title={t.emptyTitle} height={200} hint={t.emptyHint} />}
        />
      </Card>
    </>
  );
}

function Catalogue({ catalogue }: { catalogue: CatalogueView }) {
  const { t } = useTexts(catalogueMessages);
  const { id, name } = catalogue;
  const [search] = useSearchParams();
  const shown = TABS.find((tab) => tab === search.get('tab')) ?? TABS[0];
  return (
    <Page
      title={name}
      intro={<Link to="/catalogues">{t.all}</Link>}
      scope={t.speaksOf}
      actions={
        <>
          <DownloadMenu
            label={t.export}
            route="GET /catalogues/{id}/export"
            request={{ path: { id } }}
            name={name}
            forms={TABLE_FORMS}
          />
          <LinkButton to={`/score?mode=file&catalogue=${id}`} kind="primary" icon="upload">
            {t.addFile}
          </LinkButton>
        </>
      }
    >
      <nav class="tabs" aria-label={t.what}>
        {TABS.map((tab) => (
          <Link
            key={tab}
            to={`/catalogues/${id}${tab === TABS[0] ? '' : `?tab=${tab}`}`}
            class="tab"
            {...(tab === shown && { 'aria-current': 'page' as const })}
          >
            {t[`${tab}Tab`]}
          </Link>
        ))}
        <Link to={`/to-check?catalogue=${id}`} class="tab">
          {t.toCheckTab}
        </Link>
      </nav>
      {shown === 'products' && <Products catalogue={catalogue} />}
      {shown === 'changes' && <Changes catalogue={id} />}
      {shown === 'declaration' && <DeclarationTab catalogue={catalogue} />}
    </Page>
  );
}

/** One catalogue: its products, and what changed it. */
export default function CataloguePage({ params: { id = '' } }: PageProps) {
  const { t } = useTexts(catalogueMessages);
  const query = useQuery('GET /catalogues/{id}', { path: { id } });
  const catalogue = query.data;
  const isPlatforms = catalogue?.built_in === true;
  // What is in those of the platform has a page of its own.
  useEffect(() => {
    if (isPlatforms) navigate(`/products?catalogue=${id}`, { replace: true });
  }, [isPlatforms]);
  if (catalogue && !isPlatforms && catalogue.deleted_at === null) return <Catalogue catalogue={catalogue} />;
  const none = (
    <Card title={t.notFoundTitle}>
      <EmptyState title={t.notFound} height={200}>
        <Link to="/catalogues">{t.all}</Link>
      </EmptyState>
    </Card>
  );
  return (
    <Page title={t.loading} intro={<Link to="/catalogues">{t.all}</Link>}>
      {/* No id of any kind is none of a catalogue either. */}
      {query.error?.kind === 'invalid' ? (
        none
      ) : (
        <Async query={query} height={900} empty={none}>
          {() => none}
        </Async>
      )}
    </Page>
  );
}
