import type { MethodVersions, VersionChanges } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import type { PageProps } from '../../page-props.js';
import { fromFirstPage } from '../../paging.js';
import { Link, useSearchParams } from '../../router.js';
import { type Column, DataTable } from '../../ui/data-table.js';
import { Select } from '../../ui/fields.js';
import { Card, Page } from '../../ui/page.js';
import { PagedTable, PageSize, usePaging } from '../../ui/paged-table.js';
import { Async, EmptyState } from '../../ui/states.js';
import { useOwnCatalogues } from '../score/use-own-catalogues.js';
import { greatestDifference } from './differences.js';
import { versionsMessages } from './versions-messages.js';

const VERSIONS_HEIGHT = 200;
const TABLE_HEIGHT = 600;

type Version = MethodVersions['versions'][number];
type Changed = Pick<VersionChanges['items'][number], 'from' | 'to' | 'product_id' | 'before' | 'after'>;

/** What versions there are, until when they have to be applied, and what changed from one to another. */
export default function VersionsPage(_: PageProps) {
  const { t, f, v } = useTexts(versionsMessages);
  const [search, setSearch] = useSearchParams();
  const product = search.get('product') ?? '';
  const catalogue = search.get('catalogue') ?? '';
  const own = useOwnCatalogues();
  const { limit, offset } = usePaging('');
  const versions = useQuery('GET /versions', {});
  const changes = useQuery('GET /versions/changes', { query: { catalogue, product, limit, offset } });
  const types = useQuery('GET /products', {}).data ?? [];
  const name = (version: string) => (version === 'unknown' ? t.unknown : version);
  const date = (time: string | null) => (time === null ? '–' : f.date(time));
  const dates = [
    [t.updateFrom, 'update_from'],
    [t.applyBy, 'apply_by'],
  ] as const;
  const columns: Column<Version>[] = [
    {
      header: t.version,
      cell: ({ version, is_regulatory }) => (
        <>
          {name(version)} {is_regulatory && <span class="tag good">{t.regulatory}</span>}
        </>
      ),
      detail: (row) =>
        dates.map(
          ([header, field]) =>
            row[field] !== null && (
              <span key={field} class="phone-only">
                {header} <span class="whole">{date(row[field])}</span>
              </span>
            ),
        ),
    },
    { header: t.products, figure: ({ documents }) => f.integer(documents) },
    { header: t.kept, minor: true, figure: ({ kept }) => f.integer(kept) },
    { header: t.first, minor: true, cell: ({ first_at }) => date(first_at) },
    ...dates.map(([header, field]) => ({ header, minor: true, cell: (row: Version) => date(row[field]) })),
  ];
  const points = (value: number | null) => (value === null ? '–' : f.points(value));
  const difference = ({ before: { ecs: one }, after: { ecs: other } }: Changed) =>
    one === null || other === null ? '–' : f.points(other - one);
  const most = ({ before, after }: Changed) => {
    const found = greatestDifference(before, after);
    return found ? `${v.stage(found.part)} (${f.points(found.difference)})` : '–';
  };
  const ofChange: Column<Changed>[] = [
    { header: t.change, whole: true, cell: ({ from, to }) => `${name(from)} → ${name(to)}` },
    { header: t.before, figure: ({ before }) => points(before.ecs) },
    { header: t.after, figure: ({ after }) => points(after.ecs) },
    { header: t.difference, figure: difference },
    { header: t.most, minor: true, cell: most },
  ];
  const pageOf = ({ product: id, md5_id }: VersionChanges['items'][number]) =>
    id === null ? `/products/${md5_id}` : `/catalogues/${catalogue}/products/${id}`;
  const type = ({ product_id }: Changed) => v.product(product_id);
  return (
    <Page title={t.title} intro={t.intro} actions={<Link to="/pipelines">{t.pipelines}</Link>}>
      <Card title={t.title} hint={t.dates}>
        <Async
          query={versions}
          height={VERSIONS_HEIGHT}
          isEmpty={({ versions: all }) => all.length === 0}
          empty={<EmptyState title={t.noVersions} height={VERSIONS_HEIGHT} />}
        >
          {({ reference, versions: all }) => (
            <>
              {all.length > 1 && reference !== null && <p class="notice">{t.reference(reference)}</p>}
              <DataTable caption={t.title} columns={columns} rows={all} />
            </>
          )}
        </Async>
      </Card>
      <Card title={t.byType} hint={t.byTypeHint}>
        <Async
          query={changes}
          height={VERSIONS_HEIGHT}
          isEmpty={({ products }) => products.length === 0}
          empty={<EmptyState title={t.noChanges} height={VERSIONS_HEIGHT} />}
        >
          {({ products }) => (
            <DataTable
              caption={t.byType}
              columns={[
                { header: t.type, cell: type },
                { header: t.products, figure: ({ count }) => f.integer(count) },
                ...ofChange,
              ]}
              rows={products}
            />
          )}
        </Async>
      </Card>
      <Card
        title={t.byProduct(f.integer(changes.data?.total ?? 0))}
        actions={
          <>
            {own.length > 0 && (
              <Select
                label={t.productsOf}
                value={catalogue}
                choices={[
                  { value: '', label: t.noCatalogue },
                  ...own.map(({ id, name: label }) => ({ value: id, label })),
                ]}
                onChange={(chosen) => setSearch(fromFirstPage({ catalogue: chosen }))}
              />
            )}
            <Select
              label={t.type}
              value={product}
              choices={[
                { value: '', label: t.allTypes },
                ...types.map(({ id, name: own }) => ({ value: id, label: v.product(id, own) })),
              ]}
              onChange={(chosen) => setSearch(fromFirstPage({ product: chosen }))}
            />
            <PageSize />
          </>
        }
      >
        <PagedTable
          caption={t.byProduct(f.integer(changes.data?.total ?? 0))}
          query={changes}
          paging={{ sort: '', limit, offset }}
          isSorted={false}
          columns={[
            { header: t.products, cell: (row) => <Link to={pageOf(row)}>{row.reference ?? type(row)}</Link> },
            ...ofChange,
          ]}
          rowKey={({ md5_id, from, to }) => `${md5_id} ${from} ${to}`}
          height={TABLE_HEIGHT}
          empty={<EmptyState title={t.noChanges} height={VERSIONS_HEIGHT} />}
        />
      </Card>
    </Page>
  );
}
