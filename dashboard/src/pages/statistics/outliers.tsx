import type { ImpactStatistic, Outlier } from '@ecobalyse/schema';
import { download } from '../../api/client.js';
import { type Query, useAction, useQuery } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import { pageOf } from '../../paging.js';
import { Link, useSearchParams } from '../../router.js';
import { Button } from '../../ui/button.js';
import { DataTable } from '../../ui/data-table.js';
import { Card } from '../../ui/page.js';
import { Pager } from '../../ui/pager.js';
import { Async, EmptyState, ErrorState } from '../../ui/states.js';
import type { ImpactProps } from './impact-boxes.js';
import { statisticsMessages } from './statistics-messages.js';

const PER_PAGE = 10;
const LIMIT = 100;
/** Of a few: most types have none or many. */
const HEIGHT = 240;

/** A row of `/stats/outliers`, as far as it is shown. */
const hasOutliers = ({ min, max, seuil_min, seuil_max }: ImpactStatistic) =>
  max > min && (max >= seuil_max || min <= seuil_min);

/** Products beyond the bounds of an impact, ten at a time, each with a link to its page. */
export function Outliers({ impact, type, statistics, covered }: ImpactProps) {
  const { t, f, v } = useTexts(statisticsMessages);
  const [search] = useSearchParams();
  const filter = { impact_type: impact.replace('-', '_'), product_id: type };
  const chosen = (statistics.data ?? []).filter(({ product_id }) => type === '' || product_id === type);
  const isKnownEmpty = !covered || (statistics.data !== undefined && !statistics.stale && !chosen.some(hasOutliers));
  const query = useQuery(
    'GET /stats/outliers',
    chosen.some(hasOutliers) ? { query: { ...filter, limit: LIMIT } } : null,
  );
  const none = <EmptyState title={t.noOutliersTitle} height={HEIGHT} hint={t.noOutliers} />;
  const keep = useAction(() => download('GET /stats/{name}.csv', { path: { name: 'outliers' } }, 'outliers.csv'));
  const materials = (row: Outlier) =>
    f.list(
      (row.materials ?? []).map(
        ({ material, share }) => `${v.material(material.id, material.name)} ${f.percent(share)}`,
      ),
    );
  return (
    <Card
      title={t.outliers}
      hint={t.outliersHint}
      actions={
        <Button icon="download" disabled={keep.busy} onClick={() => keep.run(undefined)}>
          {t.allOutliers}
        </Button>
      }
    >
      {keep.error && <ErrorState error={keep.error} />}
      {isKnownEmpty ? (
        none
      ) : (
        <Async query={statistics.error ? (statistics as Query<never>) : query} height={HEIGHT} empty={none}>
          {(rows) => {
            const pages = Math.ceil(rows.length / PER_PAGE);
            const page = pageOf(search, pages);
            return (
              <>
                <DataTable
                  caption={t.outliersLabel}
                  rows={rows.slice((page - 1) * PER_PAGE, page * PER_PAGE)}
                  rowKey={({ md5_id }) => md5_id}
                  columns={[
                    {
                      header: t.product,
                      cell: ({ md5_id, product }) => (
                        <Link to={`/products/${md5_id}`}>
                          {product ? v.product(product.id, product.name) : md5_id.slice(0, 8)}
                        </Link>
                      ),
                      detail: materials,
                    },
                    { header: t.materials, minor: true, cell: materials },
                    { header: t.mass, figure: ({ mass }) => (mass == null ? '–' : f.mass(mass)) },
                    {
                      header: t.fabric,
                      minor: true,
                      cell: ({ countryFabric }) => (countryFabric ? f.country(countryFabric.code) : '–'),
                    },
                    {
                      header: t.making,
                      cell: ({ countryMaking }) => (countryMaking ? f.country(countryMaking.code) : '–'),
                    },
                  ]}
                />
                {pages > 1 && (
                  <Pager
                    page={page}
                    last={pages}
                    note={rows.length === LIMIT ? t.outliersFirst(f.integer(LIMIT)) : ''}
                  />
                )}
              </>
            );
          }}
        </Async>
      )}
    </Card>
  );
}
