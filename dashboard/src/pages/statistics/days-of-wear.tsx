import type { DaysOfWearStatistic } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';
import { Chart } from '../../chart/chart.js';
import { figureLabel } from '../../chart/marks.js';
import { useTexts } from '../../i18n/texts.js';
import { NothingYet } from '../../ui/nothing-yet.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { statisticsMessages } from './statistics-messages.js';

const HEIGHT = 620;

/** Days of wear by product type: the mean as bars, the range in words where there is one. */
export function DaysOfWear({ type }: { type: string }) {
  const { t, f, v } = useTexts(statisticsMessages);
  const query = useQuery('GET /stats/days_of_wear', {});
  const rangeOf = ({ min, max, moyenne }: DaysOfWearStatistic) =>
    min === max ? t.daysUnit(f.number(moyenne, 3)) : t.daysUnit(t.to(f.number(min, 3), f.number(max, 3)));
  return (
    <Card title={t.days} hint={t.daysHint} span={6}>
      <Async query={query} height={HEIGHT + 30} empty={<NothingYet what="statistics" height={HEIGHT} />}>
        {(found) => {
          const rows = found.toSorted((a, b) => a.moyenne - b.moyenne);
          const longest = rows.at(-1) as DaysOfWearStatistic;
          return (
            <>
              <Chart
                label={t.daysLabel(v.product(longest.product_id), t.daysUnit(f.number(longest.moyenne, 3)))}
                height={HEIGHT}
                option={(theme) => ({
                  grid: { right: 90 },
                  tooltip: { trigger: 'axis', valueFormatter: (value: number) => t.daysUnit(f.number(value, 3)) },
                  xAxis: {
                    type: 'value',
                    name: t.days,
                    axisLabel: { formatter: (value: number) => f.integer(value) },
                  },
                  yAxis: { type: 'category', data: rows.map(({ product_id }) => v.product(product_id)) },
                  series: [
                    {
                      type: 'bar',
                      name: t.mean,
                      barMaxWidth: 34,
                      label: figureLabel(theme, (_, dataIndex) => rangeOf(rows[dataIndex] as DaysOfWearStatistic)),
                      data: rows.map(({ product_id, moyenne }) => ({
                        value: moyenne,
                        itemStyle: {
                          color: theme.accent,
                          borderRadius: [0, 3, 3, 0],
                          opacity: type !== '' && type !== product_id ? 0.3 : 1,
                        },
                      })),
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
                        ['mediane', t.median],
                        ['moyenne', t.mean],
                        ['Q3', t.q3],
                        ['max', t.max],
                      ] as const
                    ).map(([id, header]) => ({ header, figure: (row: DaysOfWearStatistic) => f.number(row[id]) })),
                  ],
                  rows: rows.toReversed(),
                }}
              />
              {rows.every(({ min, max }) => min === max) && <p class="soft hint">{t.sameDays}</p>}
            </>
          );
        }}
      </Async>
    </Card>
  );
}
