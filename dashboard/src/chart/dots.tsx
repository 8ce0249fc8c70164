import { useFormat } from '../i18n/format.js';
import { useTheme } from '../preferences.js';
import { Chart } from './chart.js';
import { escaped } from './escaped.js';
import { type CustomApi, dotMark, STILL_LINE } from './marks.js';
import { CHART_THEMES } from './palette.js';

/** A value with the range that it stands in, and the narrower one that half of it lies in. */
export interface Dot {
  readonly at: number;
  readonly low: number;
  readonly high: number;
  readonly innerLow?: number;
  readonly innerHigh?: number;
}

interface DotsProps<Row> {
  /** What it shows, in one sentence with its main figure. */
  readonly label: string;
  /** From the top. */
  readonly rows: readonly { readonly name: string; readonly of: readonly (Row | undefined)[] }[];
  /** What stands side by side in each row: as many as a row is `of`. */
  readonly series: readonly string[];
  readonly dotOf: (row: Row) => Dot;
  /** Figures of a mark in words. */
  readonly describe: (row: Row) => string;
  readonly axisName: string;
  readonly text: (value: number) => string;
  /** What others are compared with: a line. */
  readonly reference?: number;
  /** Of the axis; as the values need where none are told. */
  readonly ends?: readonly [number, number];
  readonly header: string;
  /** What the second column of the table tells when there are several series. */
  readonly seriesHeader: string;
  /** Further figures of the table. */
  readonly columns: readonly { readonly header: string; readonly figure: (row: Row) => string }[];
}

const ROW = 26;
const BESIDE = 12;
const AXIS = 60;

/** Dots with their ranges, a row each; side by side in a row for several catalogues. */
export function Dots<Row>(props: DotsProps<Row>) {
  const { label, rows, series, dotOf, describe, axisName, text, reference, ends, header, seriesHeader, columns } =
    props;
  const f = useFormat();
  const isOne = series.length === 1;
  const { accent, series: several } = CHART_THEMES[useTheme()];
  const colours = isOne ? [accent] : several;
  const offsetOf = (nth: number) => (nth - (series.length - 1) / 2) * BESIDE;
  const flat = rows.flatMap(({ name, of }) =>
    of.flatMap((row, nth) => (row === undefined ? [] : [{ name, series: series[nth] ?? '', row }])),
  );
  return (
    <>
      {!isOne && (
        <ul class="legend">
          {series.map((name, nth) => (
            <li key={name}>
              <span class="swatch" style={{ background: colours[nth] }} />
              {name}
            </li>
          ))}
        </ul>
      )}
      <Chart
        label={label}
        height={AXIS + rows.length * (ROW + (series.length - 1) * BESIDE)}
        option={(theme) => ({
          grid: { right: 32 },
          tooltip: {
            trigger: 'axis',
            formatter: ([{ value }]: [{ value: readonly number[] }]) => {
              const { name, of } = rows[value[0] ?? 0] ?? { name: '', of: [] };
              const lines = of.flatMap((row, nth) =>
                row === undefined ? [] : [escaped(isOne ? describe(row) : f.pair(series[nth] ?? '', describe(row)))],
              );
              return [`<b>${escaped(name)}</b>`, ...lines].join('<br>');
            },
          },
          xAxis: {
            type: 'value',
            name: axisName,
            scale: reference === undefined,
            ...(ends && { min: ends[0], max: ends[1] }),
            axisLabel: { formatter: text },
          },
          yAxis: {
            type: 'category',
            inverse: true,
            data: rows.map(({ name }) => name),
            axisLine: { onZero: false, show: false },
          },
          series: series.map((name, nth) => ({
            type: 'custom',
            name,
            encode: { x: [1, 2, 3], y: 0 },
            itemStyle: { color: colours[nth] },
            renderItem: (_: unknown, api: CustomApi) =>
              dotMark(api, colours[nth] ?? theme.accent, theme.surface, offsetOf(nth)),
            data: rows.flatMap(({ of }, at) => {
              const row = of[nth];
              if (row === undefined) return [];
              const { at: middle, low, high, innerLow = middle, innerHigh = middle } = dotOf(row);
              return [[at, middle, low, high, innerLow, innerHigh]];
            }),
            ...(nth === 0 &&
              reference !== undefined && {
                markLine: {
                  ...STILL_LINE,
                  lineStyle: { color: theme.softText, type: 'dashed', width: 1 },
                  label: { show: false },
                  data: [{ xAxis: reference }],
                },
              }),
          })),
        })}
        table={{
          columns: [
            { header, cell: ({ name }) => name },
            ...(isOne ? [] : [{ header: seriesHeader, cell: (row: (typeof flat)[number]) => row.series }]),
            ...columns.map((column) => ({
              header: column.header,
              figure: ({ row }: (typeof flat)[number]) => column.figure(row),
            })),
          ],
          rows: flat,
        }}
      />
    </>
  );
}
