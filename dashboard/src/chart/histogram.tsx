import type { Distribution } from '@ecobalyse/schema';
import { useFormat } from '../i18n/format.js';
import { Beyond } from './beyond.js';
import { Chart } from './chart.js';
import { type CustomApi, STILL_LINE } from './marks.js';

export type Bin = Distribution['bins'][number];

interface HistogramProps {
  readonly label: string;
  readonly height: number;
  readonly distribution: Pick<Distribution, 'bins' | 'below' | 'above' | 'min' | 'max'>;
  readonly axisName: string;
  /** What is counted. */
  readonly counted: string;
  readonly from: string;
  readonly to: string;
  /** Costs that are marked by a line, with what stands above it. */
  readonly marks: readonly { readonly cost: number; readonly name: string }[];
  /** One cost stands out: its line is drawn in the colour that does. */
  readonly stands?: boolean;
}

/** How many products cost how much, with lines at some costs. */
export function Histogram(props: HistogramProps) {
  const { label, height, distribution, axisName, counted, from, to, marks, stands = false } = props;
  const { bins, below, above, min, max } = distribution;
  const f = useFormat();
  const [lowest, highest] = [bins[0]?.from ?? 0, bins.at(-1)?.to ?? 1];
  return (
    <>
      <Chart
        label={label}
        height={height}
        option={(theme) => ({
          grid: { right: 40, top: 28 },
          tooltip: { trigger: 'item' },
          xAxis: {
            type: 'value',
            min: lowest,
            max: highest,
            name: axisName,
            splitLine: { show: false },
            // The ends are no round figures.
            axisLabel: {
              formatter: (value: number) => f.number(value, 3),
              showMinLabel: false,
              showMaxLabel: false,
            },
          },
          yAxis: { type: 'value', minInterval: 1, axisLabel: { formatter: (value: number) => f.integer(value) } },
          series: [
            {
              type: 'custom',
              name: counted,
              encode: { x: [0, 1], y: 2, tooltip: 2 },
              renderItem: (_: unknown, api: CustomApi) => {
                const [left, top] = api.coord([api.value(0), api.value(2)]);
                const [right, bottom] = api.coord([api.value(1), 0]);
                return {
                  type: 'rect',
                  shape: { x: left + 0.5, y: top, width: Math.max(1, right - left - 1), height: bottom - top },
                  style: { fill: theme.accent },
                };
              },
              tooltip: {
                formatter: ({ value }: { value: [number, number, number] }) =>
                  `${f.number(value[0])} – ${f.points(value[1])}<br>${f.integer(value[2])} ${counted.toLowerCase()}`,
              },
              data: bins.map((bin) => [bin.from, bin.to, bin.count]),
              markLine: {
                ...STILL_LINE,
                lineStyle: stands
                  ? { color: theme.highlight, type: 'solid', width: 2 }
                  : { color: theme.text, type: 'dashed', width: 1 },
                label: { color: theme.text, formatter: ({ name }: { name: string }) => name },
                // A product that came since may lie beyond the ends.
                data: marks.map(({ cost, name }) => ({ xAxis: Math.min(highest, Math.max(lowest, cost)), name })),
              },
            },
          ],
        })}
        table={{
          columns: [
            { header: from, figure: (bin) => f.points(bin.from) },
            { header: to, figure: (bin) => f.points(bin.to) },
            { header: counted, figure: (bin) => f.integer(bin.count) },
          ],
          rows: bins,
        }}
      />
      <Beyond below={below} above={above} least={f.known(min, f.points)} most={f.known(max, f.points)} />
    </>
  );
}
