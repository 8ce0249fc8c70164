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
  highest: { sort: '-ecs', limit: 10 },
  lowest: { sort: 'ecs', limit: 20 },
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

/** Products of highest and of lowest cost; above them, which types they are. */
export function Ranking({ type }: { type: string }) {
  const { t, f, v } = useTexts(statisticsMessages);
  const [search, setSearch] = useSearchParams();
  const end: End = search.get('ranking') === 'lowest' ? 'lowest' : 'highest';
  const { sort, limit } = ENDS[end];
  const query = useQuery('GET /impacts', { query: { product: type, sort, limit } });
  const counts = new Map<string, number>();
  for (const { product_id } of query.data?.items ?? [])
    counts.set(product_id ?? '', (counts.get(product_id ?? '') ?? 0) + 1);
  const types = [...counts].map(([id, count]) => `${f.integer(count)} × ${v.product(id)}`);
  const materials = (item: ImpactItem) => f.list(item.materials.map(({ id, name }) => v.material(id ?? '', name)));
  const making = ({ country_making }: ImpactItem) => f.known(country_making, f.country);
  return (
    <Card
      title={t.ranking}
      hint={t.rankingHint(t[end], f.integer(limit))}
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
      <p class="soft hint">{type === '' && types.length > 0 ? t.rankingTypes(f.list(types)) : ' '}</p>
      <Async
        query={query}
        height={HEIGHT}
        isEmpty={({ items }) => items.length === 0}
        empty={<EmptyState title={t.noProductsTitle} height={HEIGHT} hint={t.noProducts} />}
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
                  detail: (item) => [materials(item), f.known(item.mass, f.mass), making(item)].join(' · '),
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
                { header: t.mass, minor: true, figure: ({ mass }) => f.known(mass, f.mass) },
                { header: t.materials, minor: true, cell: materials },
                {
                  header: t.making,
                  minor: true,
                  cell: making,
                },
              ]}
            />
          );
        }}
      </Async>
    </Card>
  );
}
