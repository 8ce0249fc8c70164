import type { ImpactItem } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import { Link, useSearchParams } from '../../router.js';
import { DataTable } from '../../ui/data-table.js';
import { Select } from '../../ui/fields.js';
import { Card } from '../../ui/page.js';
import { Async, EmptyState } from '../../ui/states.js';
import { statisticsMessages } from './statistics-messages.js';

/** As many as `/stats/ranking` holds of each end. */
const ENDS = {
  highest: { sort: '-ecs', limit: 10, ranking: 'highest_impact' },
  lowest: { sort: 'ecs', limit: 20, ranking: 'lowest_impact' },
} as const;
type End = keyof typeof ENDS;

const HEIGHT = 470;

function Share({ part }: { part: number }) {
  return (
    <span class="inline-bar" aria-hidden="true">
      <span style={{ width: `${Math.max(1, 100 * part)}%` }} />
    </span>
  );
}

/** Products of highest and of lowest cost; above them, which types the whole base's ranking is made of. */
export function Ranking({ type }: { type: string }) {
  const { t, f, v } = useTexts(statisticsMessages);
  const [search, setSearch] = useSearchParams();
  const end: End = search.get('ranking') === 'lowest' ? 'lowest' : 'highest';
  const { sort, limit, ranking } = ENDS[end];
  const query = useQuery('GET /impacts', { query: { product: type, sort, limit } });
  const ranked = useQuery('GET /stats/ranking', {}).data ?? [];
  const counts = new Map<string, number>();
  for (const row of ranked) if (row.ranking === ranking) counts.set(row.id, (counts.get(row.id) ?? 0) + 1);
  const types = [...counts].map(([id, count]) => `${f.integer(count)} × ${v.product(id)}`);
  const materials = (item: ImpactItem) => f.list(item.materials.map(({ id, name }) => v.material(id ?? '', name)));
  return (
    <Card
      title={t.ranking}
      hint={t.rankingHint}
      actions={
        <Select
          label={t.end}
          value={end}
          choices={[
            { value: 'highest', label: t.highest },
            { value: 'lowest', label: t.lowest },
          ]}
          onChange={(value) => setSearch({ ranking: value === 'highest' ? '' : value })}
        />
      }
    >
      <p class="soft hint">{types.length > 0 ? t.rankingTypes(f.list(types)) : ' '}</p>
      <Async
        query={query}
        height={HEIGHT}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <EmptyState title={t.noProductsTitle} height={HEIGHT}>
            {t.noProducts}
          </EmptyState>
        }
      >
        {({ items }) => {
          const most = Math.max(...items.map(({ ecs }) => ecs ?? 0));
          return (
            <DataTable
              caption={t.rankingLabel(t[end])}
              rows={items.map((item, at) => ({ ...item, rank: at + 1 }))}
              rowKey={({ md5_id }, at) => md5_id ?? at}
              columns={[
                { header: t.rank, minor: true, figure: ({ rank }) => f.integer(rank) },
                {
                  header: t.product,
                  cell: ({ md5_id, product_id, product_name }: ImpactItem) => (
                    <Link to={`/products/${md5_id}`}>{v.product(product_id, product_name)}</Link>
                  ),
                  detail: materials,
                },
                {
                  header: t.cost,
                  figure: ({ ecs }) => (
                    <span class="value-with-bar">
                      {f.points(ecs ?? 0)}
                      <Share part={(ecs ?? 0) / most} />
                    </span>
                  ),
                },
                { header: t.mass, minor: true, figure: ({ mass }) => (mass === null ? '–' : f.mass(mass)) },
                { header: t.materials, minor: true, cell: materials },
                {
                  header: t.making,
                  minor: true,
                  cell: ({ country_making }) => (country_making === null ? '–' : f.country(country_making)),
                },
              ]}
            />
          );
        }}
      </Async>
    </Card>
  );
}
