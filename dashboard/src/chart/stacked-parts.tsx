import type { StageStatistic } from '@ecobalyse/schema';
import { useFormat } from '../i18n/format.js';
import { COST_PART_ORDER, useVocabulary } from '../i18n/vocabulary.js';
import { Chart } from './chart.js';
import { CostPartLegend } from './cost-part-legend.js';
import { STAGE_COLOURS } from './palette.js';

export interface PartsRow {
  readonly name: string;
  /** Cost of each part in points. */
  readonly parts: Readonly<Record<string, number | null>>;
  readonly faded?: boolean;
}

const totalOf = (parts: PartsRow['parts']) => Object.values(parts).reduce<number>((sum, cost) => sum + (cost ?? 0), 0);

/** The mean of each part by product type, the costliest type first. */
export function partsByType(rows: readonly StageStatistic[]): { type: string; parts: Record<string, number> }[] {
  const types = new Map<string, Record<string, number>>();
  for (const { product_id, stage, mean } of rows) types.set(product_id, { ...types.get(product_id), [stage]: mean });
  return [...types].map(([type, parts]) => ({ type, parts })).sort((a, b) => totalOf(b.parts) - totalOf(a.parts));
}

interface StackedPartsProps {
  readonly label: string;
  readonly height: number;
  /** From the top. */
  readonly rows: readonly PartsRow[];
  /** What the rows are: the head of the table's first column. */
  readonly header: string;
  readonly axisName: string;
  /** Parts of the whole in place of points. */
  readonly asShares?: boolean;
  /** Pixels after which a name of a row is broken, where names may be long. */
  readonly nameWidth?: number;
}

/** The parts of the cost stacked in a bar for each row, with the legend of their colours. */
export function StackedParts({
  label,
  height,
  rows,
  header,
  axisName,
  asShares = false,
  nameWidth,
}: StackedPartsProps) {
  const f = useFormat();
  const v = useVocabulary();
  const parts = COST_PART_ORDER.filter((part) => rows.some((row) => (row.parts[part] ?? 0) !== 0));
  const shown = (row: PartsRow, part: string) => (row.parts[part] ?? 0) / (asShares ? totalOf(row.parts) : 1);
  const text = (value: number) => (asShares ? f.percent(value, 1) : f.points(value));
  const fromBottom = rows.toReversed();
  return (
    <>
      <CostPartLegend parts={parts} />
      <Chart
        label={label}
        height={height}
        option={(theme) => ({
          tooltip: { trigger: 'axis', valueFormatter: text },
          xAxis: {
            type: 'value',
            name: axisName,
            ...(asShares && { max: 1 }),
            axisLabel: { formatter: (value: number) => (asShares ? f.percent(value) : f.number(value, 3)) },
          },
          yAxis: {
            type: 'category',
            data: fromBottom.map(({ name }) => name),
            ...(nameWidth && { axisLabel: { width: nameWidth, overflow: 'break', lineHeight: 13 } }),
          },
          series: parts.map((part) => ({
            type: 'bar',
            stack: 'cost',
            name: v.stage(part),
            barMaxWidth: 32,
            itemStyle: { color: STAGE_COLOURS[part], borderColor: theme.surface, borderWidth: 0.5 },
            data: fromBottom.map((row) => ({ value: shown(row, part), itemStyle: { opacity: row.faded ? 0.4 : 1 } })),
          })),
        })}
        table={{
          columns: [
            { header, cell: ({ name }) => name },
            ...parts.map((part) => ({ header: v.stage(part), figure: (row: PartsRow) => text(shown(row, part)) })),
          ],
          rows,
        }}
      />
    </>
  );
}
