import type { EChartsCoreOption, EChartsType } from 'echarts/core';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Format } from '../i18n/format.js';
import { defineMessages } from '../i18n/messages.js';
import { useTexts } from '../i18n/texts.js';
import { useTheme } from '../preferences.js';
import { type Column, DataTable } from '../ui/data-table.js';
import { CHART_THEMES, type ChartTheme } from './palette.js';
import { readPointerZoomed } from './zoomed-pointer.js';

const messages = defineMessages({
  asTable: ['Show as a table', 'Afficher en tableau'],
  asChart: ['Show as a chart', 'Afficher en graphique'],
  failed: [
    'The chart could not be loaded. Here is its table.',
    'Le graphique n’a pas pu être chargé. Voici son tableau.',
  ],
});

/** The same figures as text, for those who do not see the chart. */
export interface ChartTable<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
}

export interface ChartProps<Row> {
  /** What the chart shows, in one sentence with its main figure: read out by screen readers. */
  readonly label: string;
  /** Pixels, reserved before the chart is there. */
  readonly height: number;
  readonly option: (theme: ChartTheme) => EChartsCoreOption;
  readonly table: ChartTable<Row>;
  /** `canvas` for thousands of marks. */
  readonly renderer?: 'svg' | 'canvas';
  readonly onClick?: (event: { name: string; dataIndex: number; seriesName?: string; value: unknown }) => void;
}

const isReduced = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

function common(option: EChartsCoreOption, theme: ChartTheme): EChartsCoreOption {
  return {
    color: [...theme.series],
    backgroundColor: 'transparent',
    animation: !isReduced(),
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

/**
 * The common settings under the page's own, one level deep; axes get the theme's quiet lines, figures of three digits unless they
 * write others, and room for their names.
 */
function complete(option: EChartsCoreOption, theme: ChartTheme, f: Format): EChartsCoreOption {
  const base = common(option, theme);
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
  return { baseOption: merged, media: [{ query: { maxWidth: NARROW }, option: { xAxis: { splitNumber: 3 } } }] };
}

/**
 * A chart with its table behind a switch. The library is loaded when the first chart appears; the height is reserved
 * meanwhile. The option may be made anew at each drawing: equal ones are not drawn again.
 */
export function Chart<Row>({ label, height, option, table, renderer = 'svg', onClick }: ChartProps<Row>) {
  const { t, f } = useTexts(messages);
  const theme = useTheme();
  const id = useId();
  const [shown, setShown] = useState<'chart' | 'table'>('chart');
  const [failed, setFailed] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | undefined>(undefined);
  const clicked = useRef(onClick);
  clicked.current = onClick;
  const completed = complete(option(CHART_THEMES[theme]), CHART_THEMES[theme], f);
  const wanted = useRef(completed);
  wanted.current = completed;
  const asTable = shown === 'table' || failed;

  useEffect(() => {
    if (asTable) return undefined;
    let live = true;
    let observer: ResizeObserver | undefined;
    import('./echarts.js').then(
      ({ init }) => {
        if (!live || !box.current) return;
        readPointerZoomed(box.current);
        const instance = init(box.current, null, { renderer });
        chart.current = instance;
        instance.setOption(wanted.current);
        instance.on('click', (event) => clicked.current?.(event as never));
        observer = new ResizeObserver(() => instance.resize());
        observer.observe(box.current);
      },
      () => setFailed(true),
    );
    return () => {
      live = false;
      observer?.disconnect();
      chart.current?.dispose();
      chart.current = undefined;
    };
  }, [asTable, renderer]);

  useEffect(() => {
    chart.current?.setOption(completed, { notMerge: true });
    // Functions in an option (formatters) are made anew with the data they write, which the text tells apart.
  }, [JSON.stringify(completed)]);

  return (
    <figure class="chart" aria-labelledby={id}>
      <figcaption id={id} class="visually-hidden">
        {label}
      </figcaption>
      {failed && <p class="notice">{t.failed}</p>}
      {asTable ? (
        <div
          key="table"
          class="chart-table"
          style={{ minHeight: `${height}px`, maxHeight: `${Math.max(height, 320)}px` }}
        >
          <DataTable caption={label} columns={table.columns} rows={table.rows} />
        </div>
      ) : (
        // Another element than the table's: the chart empties its own when it goes.
        <div
          key="chart"
          ref={box}
          role="img"
          aria-label={label}
          class={onClick ? 'chart-box clickable' : 'chart-box'}
          style={{ height: `${height}px` }}
        />
      )}
      {!failed && (
        <button type="button" class="link-button chart-switch" onClick={() => setShown(asTable ? 'chart' : 'table')}>
          {asTable ? t.asChart : t.asTable}
        </button>
      )}
    </figure>
  );
}
