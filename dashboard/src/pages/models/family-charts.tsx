import type { Evaluation, FamilyReport } from '@ecobalyse/schema';
import { Chart } from '../../chart/chart.js';
import { figureLabel, STILL_LINE } from '../../chart/marks.js';
import { useTexts } from '../../i18n/texts.js';
import { Card } from '../../ui/page.js';
import { modelsMessages } from './models-messages.js';

/** The interval of every training so far, for versions that do not say. */
export const USUAL_LEVEL = 0.9;

const HEIGHT = 280;
/** Coverages differ by little: the axis starts where they do. */
const LOWEST_COVERAGE = 0.5;

/** Error and interval coverage of every family. */
export function FamilyCharts({ evaluation, best }: { evaluation: Evaluation; best: string }) {
  const { t, f, v } = useTexts(modelsMessages);
  const rows = evaluation.reports.toSorted((a, b) => b.metrics.rmse - a.metrics.rmse);
  const lowest = rows.at(-1) as FamilyReport;
  const nameOf = ({ family }: FamilyReport) => v.family(family);
  const level = evaluation.interval?.level ?? USUAL_LEVEL;
  const names = (color: string) => ({ type: 'category', data: rows.map(nameOf), axisLabel: { color } });
  return (
    <>
      <Card title={t.error} hint={t.errorHint} span={6}>
        <Chart
          label={t.errorLabel(nameOf(lowest), f.points(lowest.metrics.rmse))}
          height={HEIGHT}
          option={(theme) => ({
            grid: { right: 90 },
            tooltip: { trigger: 'axis', valueFormatter: (value: number) => f.points(value) },
            xAxis: {
              type: 'log',
              min: 10 ** Math.floor(Math.log10(Math.max(lowest.metrics.rmse, 1e-6)) - 0.3),
            },
            yAxis: names(theme.text),
            series: [
              {
                type: 'bar',
                name: t.rmse,
                barMaxWidth: 24,
                label: figureLabel(theme, (value) => f.points(value)),
                data: rows.map(({ family, metrics }) => ({
                  value: metrics.rmse,
                  itemStyle: {
                    color: family === best ? theme.accent : theme.series[4],
                    borderRadius: [0, 3, 3, 0],
                  },
                })),
              },
            ],
          })}
          table={{
            columns: [
              { header: t.family, cell: nameOf },
              { header: t.rmse, figure: ({ metrics }) => f.points(metrics.rmse) },
            ],
            rows: rows.toReversed(),
          }}
        />
      </Card>
      <Card title={t.intervals} hint={t.intervalsHint(f.percent(level))} span={6}>
        <Chart
          label={t.intervalsLabel(f.percent(level))}
          height={HEIGHT}
          option={(theme) => ({
            grid: { top: 32 },
            tooltip: { trigger: 'item', valueFormatter: (value: number) => f.percent(value, 1) },
            xAxis: {
              type: 'value',
              min: Math.min(LOWEST_COVERAGE, ...rows.map(({ coverage }) => Math.floor(10 * coverage) / 10)),
              max: 1,
              axisLabel: { formatter: (value: number) => f.percent(value) },
            },
            yAxis: names(theme.text),
            series: [
              {
                type: 'bar',
                name: t.coverage,
                barMaxWidth: 24,
                label: {
                  show: true,
                  position: 'insideLeft',
                  color: theme.surface,
                  fontWeight: 600,
                  formatter: ({ value }: { value: number }) => f.percent(value, 1),
                },
                itemStyle: { color: theme.accent, borderRadius: [0, 3, 3, 0] },
                data: rows.map(({ coverage }) => coverage),
                markLine: {
                  ...STILL_LINE,
                  lineStyle: { color: theme.highlight, type: 'dashed', width: 2 },
                  label: { color: theme.text, formatter: `${t.target} ${f.percent(level)}` },
                  data: [{ xAxis: level }],
                },
              },
            ],
          })}
          table={{
            columns: [
              { header: t.family, cell: nameOf },
              { header: t.coverage, figure: ({ coverage }) => f.percent(coverage, 1) },
              { header: t.target, figure: () => f.percent(level) },
            ],
            rows: rows.toReversed(),
          }}
        />
      </Card>
    </>
  );
}
