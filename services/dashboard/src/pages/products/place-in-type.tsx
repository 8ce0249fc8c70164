import type { Distribution } from '../../api/answers.js';
import type { Query } from '../../api/use-query.js';
import { Chart } from '../../chart/chart.js';
import { useFormat } from '../../i18n/format.js';
import { useMessages } from '../../i18n/messages.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { productMessages } from './product-messages.js';

const HEIGHT = 420;
/** Fine bins joined for the eye. */
const JOINED = 5;

type Bin = Distribution['bins'][number];

function joined(bins: readonly Bin[]): Bin[] {
  const wide: Bin[] = [];
  for (let at = 0; at < bins.length; at += JOINED) {
    const group = bins.slice(at, at + JOINED);
    const [first, last] = [group[0] as Bin, group.at(-1) as Bin];
    wide.push({ from: first.from, to: last.to, count: group.reduce((sum, { count }) => sum + count, 0) });
  }
  return wide;
}

interface PlaceInTypeProps {
  readonly query: Query<Distribution>;
  readonly cost: number;
  readonly below: number | null;
}

/** Where a product stands in the distribution of its type. */
export function PlaceInType({ query, cost, below }: PlaceInTypeProps) {
  const t = useMessages(productMessages);
  const f = useFormat();
  return (
    <Card title={t.place} hint={t.placeHint} span={5}>
      <Async query={query} height={HEIGHT + 30}>
        {({ bins }) => {
          const rows = joined(bins);
          const index = rows.findIndex(({ to }) => cost <= to);
          return (
            <Chart
              label={t.placeLabel(f.points(cost), f.percent(below ?? 0))}
              height={HEIGHT}
              option={(theme) => ({
                grid: { left: 8, right: 40, top: 28, bottom: 36, containLabel: true },
                tooltip: {
                  trigger: 'item',
                  formatter: ({ dataIndex }: { dataIndex: number }) => {
                    const bin = rows[dataIndex] as Bin;
                    return `${f.number(bin.from)} – ${f.points(bin.to)}<br>${f.integer(bin.count)} ${t.products.toLowerCase()}`;
                  },
                },
                xAxis: {
                  type: 'category',
                  data: rows.map(({ from }) => f.number(from, 3)),
                  name: t.costAxis,
                  nameLocation: 'middle',
                  nameGap: 28,
                  axisLabel: { hideOverlap: true },
                },
                yAxis: { type: 'value', axisLabel: { formatter: (value: number) => f.integer(value) } },
                series: [
                  {
                    type: 'bar',
                    barCategoryGap: '6%',
                    data: rows.map(({ count }, at) => ({
                      value: count,
                      itemStyle: { color: at === index ? theme.highlight : theme.accent },
                    })),
                    markLine: {
                      silent: true,
                      symbol: 'none',
                      animation: false,
                      lineStyle: { color: theme.highlight, width: 2, type: 'solid' },
                      label: { color: theme.text, formatter: () => f.points(cost) },
                      data: [{ xAxis: Math.max(0, index) }],
                    },
                  },
                ],
              })}
              table={{
                columns: [
                  { id: 'from', header: t.from, numeric: true, cell: ({ from }) => f.points(from) },
                  { id: 'to', header: t.to, numeric: true, cell: ({ to }) => f.points(to) },
                  { id: 'count', header: t.products, numeric: true, cell: ({ count }) => f.integer(count) },
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
