import { Chart } from '../chart/chart.js';
import { figureLabel } from '../chart/marks.js';
import { STAGE_COLOURS } from '../chart/palette.js';
import { defineMessages } from '../i18n/messages.js';
import { useTexts } from '../i18n/texts.js';
import { COST_PART_ORDER } from '../i18n/vocabulary.js';

const messages = defineMessages({
  label: [
    (one: string, other: string) => `Bars of the cost of each part of the life cycle: ${one} beside ${other}.`,
    (one, other) => `Barres du coût de chaque part du cycle de vie : ${one} à côté de ${other}.`,
  ],
  part: ['Part', 'Part'],
});

export type PartCosts = Readonly<Partial<Record<string, number>>>;

interface CostComparisonProps {
  readonly height: number;
  readonly one: { readonly name: string; readonly costs: PartCosts };
  /** Drawn quietly beside it. */
  readonly other: { readonly name: string; readonly costs: PartCosts };
}

/** The parts of a cost beside those of another: each part has its own colour, the other's bars are grey. */
export function CostComparison({ height, one, other }: CostComparisonProps) {
  const { t, f, v } = useTexts(messages);
  const parts = COST_PART_ORDER.toReversed();
  return (
    <Chart
      label={t.label(one.name, other.name)}
      height={height}
      option={(theme) => ({
        grid: { right: 64 },
        legend: { data: [one.name, other.name] },
        tooltip: { trigger: 'axis', valueFormatter: (value: number) => f.points(value) },
        xAxis: { type: 'value' },
        yAxis: {
          type: 'category',
          data: parts.map(v.stage),
          axisLabel: { width: 116, overflow: 'break', lineHeight: 13 },
        },
        series: [
          {
            type: 'bar',
            name: other.name,
            barMaxWidth: 9,
            itemStyle: { color: theme.line, borderColor: theme.softText, borderWidth: 0.5 },
            data: parts.map((part) => other.costs[part] ?? 0),
          },
          {
            type: 'bar',
            name: one.name,
            barMaxWidth: 13,
            itemStyle: { color: theme.accent },
            label: figureLabel(theme, (value) => `${f.number(value, 3)} Pts`),
            data: parts.map((part) => ({
              value: one.costs[part] ?? 0,
              itemStyle: { color: STAGE_COLOURS[part] },
            })),
          },
        ],
      })}
      table={{
        columns: [
          { header: t.part, cell: (part) => v.stage(part) },
          { header: one.name, figure: (part) => f.points(one.costs[part] ?? 0) },
          { header: other.name, figure: (part) => f.points(other.costs[part] ?? 0) },
        ],
        rows: COST_PART_ORDER,
      }}
    />
  );
}
