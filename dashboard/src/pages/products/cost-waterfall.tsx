import type { ImpactItem } from '@ecobalyse/schema';
import { Chart } from '../../chart/chart.js';
import { figureLabel } from '../../chart/marks.js';
import { STAGE_COLOURS } from '../../chart/palette.js';
import { useTexts } from '../../i18n/texts.js';
import { COST_PART_ORDER } from '../../i18n/vocabulary.js';
import { Card } from '../../ui/page.js';
import { productMessages } from './product-messages.js';

const HEIGHT = 420;

/** The parts of the cost, one after another, up to the whole. */
export function CostWaterfall({ item }: { item: ImpactItem }) {
  const { t, f, v } = useTexts(productMessages);
  const total = item.ecs ?? 0;
  let end = 0;
  const steps = COST_PART_ORDER.map((part) => {
    const cost = item.stages[part] ?? 0;
    const start = end;
    end += cost;
    // A part may lower the cost: the bar then lies between its end and its start.
    return { part, cost, from: Math.min(start, end) };
  });
  const greatest = steps.reduce((most, step) => (step.cost > most.cost ? step : most));
  const names = [...steps.map(({ part }) => v.stage(part)), t.total];
  const percentOf = (cost: number) => f.percent(total === 0 ? 0 : cost / total, 1);
  return (
    <Card title={t.waterfall} hint={t.waterfallHint} span={7}>
      <Chart
        label={t.waterfallLabel(v.stage(greatest.part), percentOf(greatest.cost))}
        height={HEIGHT}
        option={(theme) => ({
          grid: { right: 72 },
          tooltip: {
            trigger: 'axis',
            formatter: ([{ dataIndex }]: [{ dataIndex: number }]) => {
              const step = steps[dataIndex];
              return step
                ? `${v.stage(step.part)}<br>${f.points(step.cost)} (${percentOf(step.cost)})`
                : `${t.total}<br>${f.points(total)}`;
            },
          },
          xAxis: { type: 'value' },
          yAxis: { type: 'category', inverse: true, data: names },
          series: [
            {
              type: 'bar',
              stack: 'waterfall',
              silent: true,
              itemStyle: { color: 'transparent' },
              data: [...steps.map(({ from }) => from), 0],
            },
            {
              type: 'bar',
              stack: 'waterfall',
              barMaxWidth: 22,
              label: figureLabel(theme, (_, dataIndex) => `${f.number(steps[dataIndex]?.cost ?? total, 3)} Pts`),
              data: [
                ...steps.map(({ part, cost }) => ({
                  value: Math.abs(cost),
                  itemStyle: { color: STAGE_COLOURS[part] },
                })),
                { value: total, itemStyle: { color: theme.accent } },
              ],
            },
          ],
        })}
        table={{
          columns: [
            { header: t.part, cell: ({ part }) => v.stage(part) },
            { header: t.cost, figure: ({ cost }) => f.points(cost) },
            { header: t.share, figure: ({ cost }) => percentOf(cost) },
          ],
          rows: steps,
        }}
      />
    </Card>
  );
}
