import type { EChartsCoreOption } from 'echarts/core';
import type { Format } from '../i18n/make-format.js';
import type { ChartTheme } from './palette.js';

function common(option: EChartsCoreOption, theme: ChartTheme, isStill: boolean): EChartsCoreOption {
  return {
    color: [...theme.series],
    backgroundColor: 'transparent',
    animation: !isStill,
    animationDuration: 300,
    animationDurationUpdate: 200,
    textStyle: { color: theme.text, fontFamily: 'system-ui, sans-serif' },
    tooltip: {
      confine: true,
      axisPointer: { type: 'shadow' },
      backgroundColor: theme.surface,
      borderColor: theme.line,
      textStyle: { color: theme.text, fontSize: 13 },
    },
    legend: {
      top: 0,
      left: 0,
      itemWidth: 12,
      itemHeight: 12,
      textStyle: { color: theme.softText },
      inactiveColor: theme.line,
    },
    grid: { left: 8, right: 24, top: 'legend' in option ? 40 : 8, bottom: 8, containLabel: true },
  };
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Room below a horizontal axis for its name. */
const NAME_ROOM = 36;
/** Pixels of a chart on a phone: fewer ticks, for labels that would overlap are left out where they stand. */
const NARROW = 420;
const NARROW_NAMES = { overflow: 'break', fontSize: 11, lineHeight: 12 } as const;
/** Widest room for the names of rows there, and about what a letter takes of it. */
const NAMES_WIDTH = 132;
const LETTER_WIDTH = 6.5;

/** Room for the names of rows: ECharts takes all of a width that it is given, however short they are. */
function narrowNames({ data }: { data?: readonly unknown[] }) {
  const longest = Math.max(0, ...(data ?? []).map((name) => String(name).length));
  return { ...NARROW_NAMES, width: data ? Math.min(NAMES_WIDTH, Math.ceil(longest * LETTER_WIDTH)) : NAMES_WIDTH };
}

/**
 * The common settings under the page's own, one level deep; axes get the theme's quiet lines, figures of three digits unless they
 * write others, and room for their names.
 *
 * @param isStill - the reader wants nothing to move.
 */
export function completeOption(
  option: EChartsCoreOption,
  theme: ChartTheme,
  f: Pick<Format, 'number'>,
  isStill: boolean,
): EChartsCoreOption {
  const base = common(option, theme, isStill);
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(option)) {
    merged[name] = isPlain(value) && isPlain(base[name]) ? { ...base[name], ...value } : value;
  }
  // ECharts draws a legend only for a page that asks for one.
  if (!('legend' in option)) delete merged.legend;
  for (const side of ['xAxis', 'yAxis']) {
    const { axisLabel, nameTextStyle, ...own } = merged[side] as Record<string, unknown>;
    const isNameOfRow = side === 'yAxis' && own.type === 'category';
    merged[side] = {
      axisLine: { lineStyle: { color: theme.line } },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: theme.line } },
      nameLocation: 'middle',
      nameGap: 28,
      ...own,
      axisLabel: {
        color: isNameOfRow ? theme.text : theme.softText,
        ...(own.type !== 'category' && { formatter: (value: number) => f.number(value, 3) }),
        // Every row has its name; figures may be left out.
        ...(isNameOfRow ? { interval: 0 } : { hideOverlap: true }),
        ...(axisLabel as object),
      },
      nameTextStyle: { color: theme.softText, ...(nameTextStyle as object) },
    };
  }
  if ((merged.xAxis as { name?: string }).name) {
    const grid = merged.grid as { bottom: number };
    merged.grid = { ...grid, bottom: Math.max(grid.bottom, NAME_ROOM) };
  }
  const narrow = {
    xAxis: { splitNumber: 3 },
    // Long names of rows are broken, so that they leave room for the drawing.
    ...((merged.yAxis as { type?: string }).type === 'category' && {
      yAxis: { axisLabel: narrowNames(merged.yAxis as { data?: readonly unknown[] }) },
    }),
  };
  return { baseOption: merged, media: [{ query: { maxWidth: NARROW }, option: narrow }] };
}
