import type { ImpactItem, ImpactStatistic } from '@ecobalyse/schema';
import { reachAbove } from '@ecobalyse/schema/ends';
import type { Query } from '../../api/use-query.js';
import { useSearches } from '../../api/use-searches.js';
import { Beyond } from '../../chart/beyond.js';
import { Chart } from '../../chart/chart.js';
import { escaped } from '../../chart/escaped.js';
import { useTexts } from '../../i18n/texts.js';
import { navigate } from '../../router.js';
import { NothingYet } from '../../ui/nothing-yet.js';
import { Card, type CardProps } from '../../ui/page.js';
import { Async, EmptyState } from '../../ui/states.js';
import { statisticsMessages } from './statistics-messages.js';

const HEIGHT = 420;
const POINTS_BY_TYPE = 60;

interface Point {
  readonly md5: string;
  readonly type: string;
  readonly value: number;
}

/** The two scores, of which the table of products has a column, so that single products can be drawn. */
export const isScore = (impact: string): impact is 'ecs' | 'pef' => impact === 'ecs' || impact === 'pef';

const pointsOf = (items: readonly ImpactItem[], impact: 'ecs' | 'pef', row: ImpactStatistic): Point[] =>
  items.flatMap(({ md5_id, product_id, [impact]: value }) =>
    value !== null && (value >= row.seuil_max || value <= row.seuil_min)
      ? [{ md5: md5_id ?? '', type: product_id ?? '', value }]
      : [],
  );

/** Products beyond the bounds of their type, the furthest 60 of each end; none until they are there. */
function usePoints(rows: readonly ImpactStatistic[], impact: string): readonly Point[] {
  const far = isScore(impact) ? rows.filter(({ min, max }) => max > min) : [];
  const ends = [
    ...far.filter(({ max, seuil_max }) => max >= seuil_max).map((row) => ({ row, sort: `-${impact}` })),
    ...far.filter(({ min, seuil_min }) => min <= seuil_min).map((row) => ({ row, sort: impact })),
  ];
  const found = useSearches(ends.map(({ row, sort }) => ({ product: row.product_id, sort, limit: POINTS_BY_TYPE })));
  return ends.flatMap(({ row }, at) => pointsOf(found[at]?.items ?? [], impact as 'ecs' | 'pef', row));
}

export interface ImpactProps {
  readonly impact: string;
  readonly type: string;
  /** Rows of `/stats/impacts`; not asked for when no product covers the impact. */
  readonly statistics: Query<readonly ImpactStatistic[]>;
  readonly covered: boolean;
}

/** Where the axis of the boxes ends: at the furthest point, unless it would take more than half as much room again as the boxes do. */
function endOf(rows: readonly ImpactStatistic[], points: readonly Point[]): number | undefined {
  const reach = Math.max(...rows.map(({ Q1, Q3, max }) => Math.min(max, reachAbove(Q1, Q3))));
  return points.some(({ value }) => value > 1.5 * reach) ? reach : undefined;
}

/** Box plots of an impact by product type. */
export function ImpactBoxes({
  impact,
  type,
  statistics: query,
  covered,
  span = 12,
}: ImpactProps & Pick<CardProps, 'span'>) {
  const { t, f, v } = useTexts(statisticsMessages);
  const points = usePoints((covered && query.data) || [], impact);
  const [name, unit] = [v.impact(impact), v.impactUnit(impact)];
  const withUnit = (value: number) => f.withUnit(value, unit);
  return (
    <Card title={t.boxes(name, unit)} hint={t.boxesHint} span={span}>
      {covered ? (
        <Async query={query} height={HEIGHT + 30} empty={<NothingYet what="statistics" height={HEIGHT} />}>
          {(found) => {
            const rows = found.toSorted((a, b) => a.median - b.median);
            const highest = rows.at(-1) as ImpactStatistic;
            const position = new Map(rows.map(({ product_id }, at) => [product_id, at]));
            const end = endOf(rows, points);
            const beyond = points.flatMap(({ value }) => (value > (end ?? Infinity) ? [value] : []));
            const isFaded = (id: string) => type !== '' && id !== type;
            return (
              <>
                <Chart
                  label={t.boxesLabel(name, v.product(highest.product_id), withUnit(highest.median))}
                  height={HEIGHT}
                  onClick={({ value, seriesName, dataIndex }) => {
                    if (seriesName === t.beyond) navigate(`/products/${(value as [number, number, string])[2]}`);
                    else navigate(`/products?product=${encodeURIComponent(rows[dataIndex]?.product_id ?? '')}`);
                  }}
                  option={(theme) => ({
                    tooltip: { trigger: 'item' },
                    xAxis: {
                      type: 'value',
                      name: unit,
                      // An end that is no round figure.
                      ...(end !== undefined && { max: end, axisLabel: { showMaxLabel: false } }),
                    },
                    yAxis: { type: 'category', data: rows.map(({ product_id }) => v.product(product_id)) },
                    series: [
                      {
                        type: 'boxplot',
                        name,
                        boxWidth: [8, 28],
                        data: rows.map(({ product_id, min, max, Q1, median, Q3, seuil_min, seuil_max }) => ({
                          value: [Math.max(min, seuil_min), Q1, median, Q3, Math.min(max, seuil_max)],
                          itemStyle: {
                            color: `${theme.accent}33`,
                            borderColor: theme.accent,
                            borderWidth: 1.5,
                            opacity: isFaded(product_id) ? 0.3 : 1,
                          },
                        })),
                        tooltip: {
                          formatter: ({ dataIndex }: { dataIndex: number }) => {
                            const row = rows[dataIndex] as ImpactStatistic;
                            return [
                              `<b>${escaped(v.product(row.product_id))}</b>`,
                              f.pair(t.max, withUnit(row.max)),
                              f.pair(t.q3, withUnit(row.Q3)),
                              f.pair(t.median, withUnit(row.median)),
                              f.pair(t.q1, withUnit(row.Q1)),
                              f.pair(t.min, withUnit(row.min)),
                            ].join('<br>');
                          },
                        },
                      },
                      {
                        type: 'scatter',
                        name: t.beyond,
                        symbolSize: 7,
                        data: points.map(({ md5, type: id, value }) => ({
                          value: [value, position.get(id), md5],
                          itemStyle: { color: theme.highlight, opacity: isFaded(id) ? 0.2 : 0.65 },
                        })),
                        tooltip: {
                          formatter: ({ value }: { value: [number, number, string] }) => withUnit(value[0]),
                        },
                      },
                    ],
                  })}
                  table={{
                    columns: [
                      { header: t.type, cell: ({ product_id }) => v.product(product_id) },
                      ...(
                        [
                          ['min', t.min],
                          ['Q1', t.q1],
                          ['median', t.median],
                          ['mean', t.mean],
                          ['Q3', t.q3],
                          ['max', t.max],
                          ['seuil_min', t.low],
                          ['seuil_max', t.high],
                        ] as const
                      ).map(([id, header]) => ({ header, figure: (row: ImpactStatistic) => withUnit(row[id]) })),
                    ],
                    rows,
                  }}
                />
                <Beyond above={beyond.length} most={withUnit(Math.max(...beyond))} />
              </>
            );
          }}
        </Async>
      ) : (
        <EmptyState title={t.uncoveredTitle(name)} height={HEIGHT + 30} hint={t.uncovered} />
      )}
    </Card>
  );
}
