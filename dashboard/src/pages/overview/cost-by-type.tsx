import type { ImpactStatistic } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';
import { useSearches } from '../../api/use-searches.js';
import { Chart } from '../../chart/chart.js';
import { useTexts } from '../../i18n/texts.js';
import { navigate } from '../../router.js';
import { NothingYet } from '../../ui/nothing-yet.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { overviewMessages } from './overview-messages.js';

const HEIGHT = 380;
const OUTLIERS_BY_TYPE = 60;

/** Box plots of the environmental cost by product type. */
export function CostByType() {
  const { t, f, v } = useTexts(overviewMessages);
  const query = useQuery('GET /stats/impacts', { query: { impact_type: 'ecs' } });
  // The products far above their type, at most 60 of each; the chart stands without them until they are there.
  const searches = (query.data ?? []).map(({ product_id: product, seuil_max: min_ecs }) => ({ product, min_ecs }));
  const found = useSearches(searches.map((search) => ({ ...search, sort: '-ecs', limit: OUTLIERS_BY_TYPE })));
  const outliers = found.flatMap(({ items }) => items);
  return (
    <Card title={t.byType} hint={t.byTypeHint} span={6}>
      <Async query={query} height={HEIGHT + 30} empty={<NothingYet what="statistics" height={HEIGHT} />}>
        {(found) => {
          const rows = found.toSorted((a, b) => a.median - b.median);
          const highest = rows.at(-1);
          const position = new Map(rows.map(({ product_id }, at) => [product_id, at]));
          return (
            <Chart
              label={t.byTypeLabel(v.product(highest?.product_id ?? ''), f.points(highest?.median ?? 0))}
              height={HEIGHT}
              onClick={({ value, seriesName }) => {
                if (seriesName === t.outliers) navigate(`/products/${(value as [number, number, string])[2]}`);
              }}
              option={(theme) => ({
                tooltip: { trigger: 'item' },
                xAxis: { type: 'value', name: t.cost, splitNumber: 4 },
                yAxis: { type: 'category', data: rows.map(({ product_id }) => v.product(product_id)) },
                series: [
                  {
                    type: 'boxplot',
                    itemStyle: { color: `${theme.accent}33`, borderColor: theme.accent, borderWidth: 1.5 },
                    boxWidth: [8, 26],
                    data: rows.map(({ min, max, Q1, median, Q3, seuil_min, seuil_max }) => [
                      Math.max(min, seuil_min),
                      Q1,
                      median,
                      Q3,
                      Math.min(max, seuil_max),
                    ]),
                    tooltip: {
                      formatter: ({ dataIndex }: { dataIndex: number }) => {
                        const row = rows[dataIndex] as ImpactStatistic;
                        return [
                          `<b>${v.product(row.product_id)}</b>`,
                          `${t.q3}: ${f.points(row.Q3)}`,
                          `${t.median}: ${f.points(row.median)}`,
                          `${t.q1}: ${f.points(row.Q1)}`,
                        ].join('<br>');
                      },
                    },
                  },
                  {
                    type: 'scatter',
                    name: t.outliers,
                    symbolSize: 7,
                    itemStyle: { color: theme.highlight, opacity: 0.65 },
                    data: outliers.map(({ ecs, product_id, md5_id }) => [ecs, position.get(product_id ?? ''), md5_id]),
                    tooltip: {
                      formatter: ({ value }: { value: [number, number, string] }) => f.points(value[0]),
                    },
                  },
                ],
              })}
              table={{
                columns: [
                  { header: t.type, cell: ({ product_id }) => v.product(product_id) },
                  { header: t.min, figure: ({ min }) => f.points(min) },
                  { header: t.q1, figure: ({ Q1 }) => f.points(Q1) },
                  { header: t.median, figure: ({ median }) => f.points(median) },
                  { header: t.q3, figure: ({ Q3 }) => f.points(Q3) },
                  { header: t.max, figure: ({ max }) => f.points(max) },
                ],
                rows,
              }}
            />
          );
        }}
      </Async>
    </Card>
  );
}
