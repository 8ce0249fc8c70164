import type { CatalogueProductView } from '@ecobalyse/schema';
import { useState } from 'preact/hooks';
import { ask } from '../../api/client.js';
import { useMay } from '../../api/use-me.js';
import { forgetProductAnswers, useAction, useQuery } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import type { PageProps } from '../../page-props.js';
import { fromFirstPage } from '../../paging.js';
import { Link, useSearchParams } from '../../router.js';
import { Button } from '../../ui/button.js';
import type { Column } from '../../ui/data-table.js';
import { Select } from '../../ui/fields.js';
import { Card, Page } from '../../ui/page.js';
import { PagedTable, PageSize, usePaging } from '../../ui/paged-table.js';
import { selectionColumn } from '../../ui/selection-column.js';
import { EmptyState, ErrorState } from '../../ui/states.js';
import { cataloguesMessages } from '../catalogues/catalogues-messages.js';
import { UndoButton } from '../catalogues/undo-button.js';
import { toCheckMessages } from './to-check-messages.js';

const TABLE_HEIGHT = 600;
/** Products that were added without a catalogue. */
const WITHOUT = 'api';

/** Doubtful products of a catalogue: what is doubtful of each, to be confirmed or corrected. */
export default function ToCheckPage(_: PageProps) {
  const { t, f, v } = useTexts(toCheckMessages);
  const { needsWriter } = useTexts(cataloguesMessages).t;
  const may = useMay('writer');
  const [search, setSearch] = useSearchParams();
  const [selected, select] = useState<ReadonlySet<string>>(new Set());
  const id = search.get('catalogue') || WITHOUT;
  const catalogues = useQuery('GET /catalogues', { query: { limit: 1000 } }).data?.items ?? [];
  const paging = usePaging('reference');
  const query = useQuery('GET /catalogues/{id}/products', { path: { id }, query: { state: 'to-check', ...paging } });
  const confirm = useAction(async (ids: readonly string[]) => {
    const answer = await ask('POST /catalogues/{id}/confirm', { path: { id }, body: { ids } });
    select(new Set());
    forgetProductAnswers();
    return answer;
  });
  const pageOf = (product: CatalogueProductView) =>
    id === WITHOUT ? `/products/${product.id}` : `/catalogues/${id}/products/${product.id}`;
  const correctionOf = ({ query: described, id: product }: CatalogueProductView) =>
    new URLSearchParams({
      garment: JSON.stringify(described),
      ...(id !== WITHOUT && { catalogue: id, product }),
    });
  const reasonsFor = ({ warnings }: CatalogueProductView) =>
    warnings.filter(({ severity }) => severity !== 'note').map(({ message }) => <p key={message}>{message}</p>);
  const columns: Column<CatalogueProductView>[] = [
    selectionColumn({
      items: query.data?.items ?? [],
      idOf: (product) => product.id,
      selected,
      select,
      all: t.selectAll,
      one: ({ reference }) => t.select(reference),
    }),
    {
      sort: 'reference',
      header: t.reference,
      cell: (product) => <Link to={pageOf(product)}>{product.name ?? product.reference}</Link>,
      detail: (product) => (
        <>
          {v.product(product.product_id, product.product_name)}
          {reasonsFor(product)}
        </>
      ),
    },
    { sort: 'mass', header: t.mass, minor: true, figure: ({ mass }) => f.known(mass, f.mass) },
    { sort: 'ecs', header: t.cost, minor: true, figure: ({ ecs }) => f.known(ecs, f.points) },
    {
      header: t.why,
      minor: true,
      cell: reasonsFor,
    },
    {
      header: t.correct,
      cell: (product) => (
        <Link to={`/score?${correctionOf(product)}`} class="button small" aria-label={t.correctOf(product.reference)}>
          {t.correct}
        </Link>
      ),
    },
  ];
  return (
    <Page
      title={t.title}
      intro={t.intro}
      actions={
        <Select
          label={t.catalogue}
          value={id}
          choices={catalogues.map(({ id: value, name: label }) => ({ value, label }))}
          onChange={(catalogue) => setSearch(fromFirstPage({ catalogue }))}
        />
      }
    >
      <Card title={query.data ? t.found(f.integer(query.data.total)) : t.title} actions={<PageSize />}>
        {confirm.result && (
          <div class="notice good row-between">
            <span role="status">{t.confirmed(f.integer(confirm.result.confirmed))}</span>
            {confirm.result.change && (
              <UndoButton catalogue={id} change={confirm.result.change} kind="small" onUndone={confirm.reset} />
            )}
          </div>
        )}
        {confirm.error && <ErrorState error={confirm.error} />}
        {selected.size > 0 && (
          <div class="selection row-between">
            <strong role="status">{t.selected(f.integer(selected.size))}</strong>
            <Button
              kind="primary"
              disabled={!may || confirm.busy}
              {...(!may && { title: needsWriter })}
              onClick={() => void confirm.run([...selected])}
            >
              {t.confirm}
            </Button>
          </div>
        )}
        <PagedTable
          caption={t.table}
          query={query}
          paging={paging}
          columns={columns}
          rowKey={({ id: product }) => product}
          height={TABLE_HEIGHT}
          empty={<EmptyState title={t.noneTitle} height={200} hint={t.none} />}
        />
      </Card>
    </Page>
  );
}
