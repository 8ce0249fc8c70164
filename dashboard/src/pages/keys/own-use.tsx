import { useQuery } from '../../api/use-query.js';
import { Chart } from '../../chart/chart.js';
import { useTexts } from '../../i18n/texts.js';
import { Card } from '../../ui/page.js';
import { Async, EmptyState } from '../../ui/states.js';
import { keysMessages } from './keys-messages.js';

const HEIGHT = 220;

/** What the reader's own key is used for, by day. */
export function OwnUse() {
  const { t, f } = useTexts(keysMessages);
  const query = useQuery('GET /me/usage', {});
  /** A day of UTC, wherever the reader is. */
  const dateOf = (day: string) => f.date(`${day}T12:00:00`);
  const { limit_per_minute: limit = null, products_per_day: most = null, products_today = 0 } = query.data ?? {};
  const hints = [
    limit === null ? t.ownUnlimited : t.ownHint(f.integer(limit)),
    ...(most === null ? [] : [t.ownProducts(f.integer(products_today), f.integer(most))]),
  ];
  return (
    <Card title={t.own} hint={hints.join(' ')}>
      <Async
        query={query}
        height={HEIGHT + 30}
        isEmpty={({ days }) => days.length === 0}
        empty={<EmptyState title={t.unused} height={HEIGHT} hint={t.unusedHint} />}
      >
        {({ days, requests, refused }) => (
          <Chart
            label={t.ownLabel(f.integer(requests), f.integer(refused))}
            height={HEIGHT}
            option={(theme) => ({
              legend: { top: 0 },
              grid: { top: 40 },
              tooltip: { trigger: 'axis', valueFormatter: (value: number) => f.integer(value) },
              xAxis: { type: 'category', data: days.map(({ day }) => dateOf(day)) },
              yAxis: { type: 'value', minInterval: 1, axisLabel: { formatter: (value: number) => f.integer(value) } },
              series: [
                {
                  type: 'bar',
                  stack: 'day',
                  name: t.answered,
                  barMaxWidth: 34,
                  itemStyle: { color: theme.accent },
                  data: days.map((day) => day.requests - day.refused),
                },
                {
                  type: 'bar',
                  stack: 'day',
                  name: t.refused,
                  barMaxWidth: 34,
                  itemStyle: { color: theme.highlight },
                  data: days.map((day) => day.refused),
                },
              ],
            })}
            table={{
              columns: [
                { header: t.day, cell: ({ day }) => dateOf(day) },
                { header: t.answered, figure: ({ requests, refused }) => f.integer(requests - refused) },
                { header: t.refused, figure: ({ refused }) => f.integer(refused) },
              ],
              rows: days.toReversed(),
            }}
          />
        )}
      </Async>
    </Card>
  );
}
