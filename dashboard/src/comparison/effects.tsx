import type { EffectView } from '@ecobalyse/schema';
import type { Measure } from '@ecobalyse/schema/vocabulary';
import { Chart } from '../chart/chart.js';
import { DIVERGING } from '../chart/palette.js';
import type { Format } from '../i18n/format.js';
import { useTexts } from '../i18n/texts.js';
import { useLanguage } from '../preferences.js';
import { type Column, DataTable } from '../ui/data-table.js';
import { comparisonMessages } from './comparison-messages.js';

const [LESS, , , , MORE] = DIVERGING;
const ROW = 34;
const LABEL_WIDTH = 150;

/** A difference in points, with its sign. */
export const signedPoints = (f: Format, points: number): string =>
  points === 0 ? f.points(0) : `${points > 0 ? '+' : '−'}${f.points(Math.abs(points))}`;

interface EffectsProps {
  readonly effects: readonly EffectView[];
  readonly difference: Readonly<Record<Measure, number>>;
  readonly measure: Measure;
  /** What a field is told as, on either side. */
  readonly values?: (effect: EffectView) => string;
}

/** What each field makes of a difference, the greatest first: bars to both sides of nothing, and their figures beside them. */
export function Effects({ effects, difference, measure, values }: EffectsProps) {
  const { t, f } = useTexts(comparisonMessages);
  const language = useLanguage();
  const rows = effects.toSorted((a, b) => Math.abs(b[measure]) - Math.abs(a[measure]));
  const [greatest] = rows;
  if (greatest === undefined) return <p class="soft">{t.same}</p>;
  const points = (row: EffectView) => signedPoints(f, row[measure]);
  const label = t.effectsLabel(greatest.label[language], points(greatest));
  const shown: Column<EffectView>[] = [
    {
      header: t.field,
      cell: (row) => (
        <>
          {row.label[language]}
          {values && <div class="soft hint">{values(row)}</div>}
        </>
      ),
    },
    { header: t.effect, figure: points, whole: true },
  ];
  return (
    <div class="two-columns">
      <Chart
        label={label}
        height={rows.length * ROW + 60}
        option={() => ({
          grid: { right: 16 },
          tooltip: { trigger: 'axis', valueFormatter: (value: number) => signedPoints(f, value) },
          xAxis: { type: 'value', name: t.effectAxis },
          yAxis: {
            type: 'category',
            inverse: true,
            data: rows.map((row) => row.label[language]),
            axisLabel: { width: LABEL_WIDTH, overflow: 'break', lineHeight: 13 },
          },
          series: [
            {
              type: 'bar',
              name: t.effect,
              barMaxWidth: 20,
              data: rows.map((row) => ({ value: row[measure], itemStyle: { color: row[measure] > 0 ? MORE : LESS } })),
            },
          ],
        })}
        table={{ columns: shown, rows }}
      />
      <div>
        <DataTable caption={label} columns={shown} rows={rows} />
        <p class="row-between">
          <strong>{t.total}</strong> <strong class="numeric">{signedPoints(f, difference[measure])}</strong>
        </p>
      </div>
    </div>
  );
}
