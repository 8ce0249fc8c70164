import type { Evaluation } from '@ecobalyse/schema';
import { Chart } from '../../chart/chart.js';
import { figureLabel } from '../../chart/marks.js';
import { useTexts } from '../../i18n/texts.js';
import { Card } from '../../ui/page.js';
import { modelsMessages, nameIn } from './models-messages.js';

const HEIGHT = 320;

/** Permutation importance of the fields. */
export function ImportanceChart({ importance }: { importance: Evaluation['importance'] }) {
  const { t, f } = useTexts(modelsMessages);
  const rows = importance.map(({ field, rmseIncrease }) => ({
    name: nameIn(t, `f_${field}`, field),
    rise: rmseIncrease,
  }));
  const shown = rows.toReversed();
  const [first] = rows;
  return (
    <Card title={t.importance} hint={t.importanceHint} span={6}>
      <Chart
        label={t.importanceLabel(first?.name ?? '–', f.points(first?.rise ?? 0))}
        height={HEIGHT}
        option={(theme) => ({
          grid: { right: 84 },
          tooltip: { trigger: 'axis', valueFormatter: (value: number) => f.points(value) },
          xAxis: { type: 'value' },
          yAxis: { type: 'category', data: shown.map(({ name }) => name) },
          series: [
            {
              type: 'bar',
              name: t.rise,
              barMaxWidth: 22,
              itemStyle: { color: theme.accent, borderRadius: [0, 3, 3, 0] },
              label: figureLabel(theme, (value) => f.points(value)),
              data: shown.map(({ rise }) => rise),
            },
          ],
        })}
        table={{
          columns: [
            { header: t.field, cell: ({ name }) => name },
            { header: t.rise, figure: ({ rise }) => f.points(rise) },
          ],
          rows,
        }}
      />
    </Card>
  );
}

/** Mean error of each product type, in percent of its mean cost. */
export function BiasChart({ bias }: { bias: Readonly<Record<string, number>> }) {
  const { t, f, v } = useTexts(modelsMessages);
  const rows = Object.entries(bias)
    .map(([id, percent]) => ({ name: v.product(id), share: percent / 100 }))
    .sort((a, b) => a.share - b.share);
  const furthest = rows.toSorted((a, b) => Math.abs(b.share) - Math.abs(a.share))[0];
  const text = (share: number) => f.percent(share, Math.abs(share) < 0.01 ? 3 : 1);
  return (
    <Card title={t.biasByType} hint={t.biasHint} span={6}>
      <Chart
        label={t.biasLabel(furthest?.name ?? '–', text(furthest?.share ?? 0))}
        height={HEIGHT}
        option={(theme) => {
          const reach = 1.5 * Math.abs(furthest?.share ?? 1);
          return {
            // On a phone the longest bar leaves its figure no room.
            grid: { right: 64 },
            tooltip: { trigger: 'axis', valueFormatter: text },
            xAxis: { type: 'value', min: -reach, max: reach, axisLabel: { formatter: text } },
            yAxis: {
              type: 'category',
              data: rows.map(({ name }) => name),
              axisLine: { onZero: false, show: false },
            },
            series: [
              {
                type: 'bar',
                name: t.bias,
                barMaxWidth: 22,
                label: {
                  show: true,
                  color: theme.softText,
                  formatter: ({ value }: { value: number }) => text(value),
                },
                data: rows.map(({ share }) => ({
                  value: share,
                  itemStyle: { color: share < 0 ? theme.series[0] : theme.highlight },
                  label: { position: share < 0 ? 'left' : 'right' },
                })),
              },
            ],
          };
        }}
        table={{
          columns: [
            { header: t.type, cell: ({ name }) => name },
            { header: t.bias, figure: ({ share }) => text(share) },
          ],
          rows,
        }}
      />
    </Card>
  );
}
