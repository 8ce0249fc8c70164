import type { EChartsCoreOption, EChartsType } from 'echarts/core';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { defineMessages } from '../i18n/messages.js';
import { useTexts } from '../i18n/texts.js';
import { useTheme } from '../preferences.js';
import { type Column, DataTable } from '../ui/data-table.js';
import { completeOption } from './complete-option.js';
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
  const completed = completeOption(option(CHART_THEMES[theme]), CHART_THEMES[theme], f, isReduced());
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
    // Functions in an option (formatters) are made anew with the data and the language they write, which these tell apart.
  }, [JSON.stringify(completed), f]);

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
