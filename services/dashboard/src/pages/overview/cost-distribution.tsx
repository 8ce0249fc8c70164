import type { Distribution } from '../../api/answers.js';
import { useQuery } from '../../api/use-query.js';
import { Chart } from '../../chart/chart.js';
import { useFormat } from '../../i18n/format.js';
import { useMessages } from '../../i18n/messages.js';
import { Card } from '../../ui/page.js';
import { Async, EmptyState } from '../../ui/states.js';
import { overviewMessages } from './overview-messages.js';

const HEIGHT = 300;

/** Histogram of the environmental cost of everything. */
export function CostDistribution() {
  const t = useMessages(overviewMessages);
  const f = useFormat();
  const query = useQuery<Distribution>('/impacts/distribution');
  return (
    <Card title={t.distribution} hint={t.distributionHint} span={8}>
      <Async
        query={query}
        height={HEIGHT + 30}
        isEmpty={({ count }) => count === 0}
        empty={
          <EmptyState title={t.emptyTitle} height={HEIGHT}>
            {t.emptyData}
          </EmptyState>
        }
      >
        {({ bins, quartiles, count }) => (
          <Chart
            label={t.distributionLabel(f.integer(count), f.points(quartiles?.[1] ?? 0))}
            height={HEIGHT}
            option={(theme) => ({
              grid: { left: 8, right: 16, top: 28, bottom: 36, containLabel: true },
              tooltip: { trigger: 'item' },
              xAxis: {
                type: 'value',
                min: bins[0]?.from ?? 0,
                max: bins.at(-1)?.to ?? 1,
                name: t.cost,
                nameLocation: 'middle',
                nameGap: 28,
                splitLine: { show: false },
                axisLabel: { formatter: (value: number) => f.number(value, 3), hideOverlap: true, showMaxLabel: false },
              },
              yAxis: { type: 'value', axisLabel: { formatter: (value: number) => f.integer(value) } },
              series: [
                {
                  type: 'custom',
                  name: t.products,
                  encode: { x: [0, 1], y: 2, tooltip: 2 },
                  renderItem: (_: unknown, api: CustomApi) => {
                    const [left, top] = api.coord([api.value(0), api.value(2)]) as [number, number];
                    const [right, bottom] = api.coord([api.value(1), 0]) as [number, number];
                    return {
                      type: 'rect',
                      shape: { x: left + 0.5, y: top, width: Math.max(1, right - left - 1), height: bottom - top },
                      style: { fill: theme.accent },
                    };
                  },
                  tooltip: {
                    formatter: ({ value }: { value: [number, number, number] }) =>
                      `${f.number(value[0])} – ${f.points(value[1])}<br>${f.integer(value[2])} ${t.products.toLowerCase()}`,
                  },
                  data: bins.map((bin) => [bin.from, bin.to, bin.count]),
                  markLine: {
                    silent: true,
                    symbol: 'none',
                    lineStyle: { color: theme.text, type: 'dashed', width: 1 },
                    label: {
                      color: theme.text,
                      formatter: ({ name }: { name: string }) => name,
                    },
                    data: (quartiles ?? []).map((value, at) => ({
                      xAxis: value,
                      name: at === 1 ? f.points(value) : '',
                    })),
                  },
                },
              ],
            })}
            table={{
              columns: [
                { id: 'from', header: t.from, numeric: true, cell: ({ from }) => f.points(from) },
                { id: 'to', header: t.to, numeric: true, cell: ({ to }) => f.points(to) },
                { id: 'count', header: t.products, numeric: true, cell: (bin) => f.integer(bin.count) },
              ],
              rows: bins,
            }}
          />
        )}
      </Async>
    </Card>
  );
}

/** What ECharts gives to the drawing of one mark, as far as it is used. */
interface CustomApi {
  value(dimension: number): number;
  coord(point: readonly [number, number]): readonly number[];
}
