import type { DriverStatistic } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';
import { Chart } from '../../chart/chart.js';
import { useTexts } from '../../i18n/texts.js';
import { NothingYet } from '../../ui/nothing-yet.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { analysisMessages } from './analysis-messages.js';

const HEIGHT = 340;

/** What explains the differences of cost: each factor alone, and its part of all together. */
export function Drivers({ type, typeName }: { type: string; typeName: (type: string) => string }) {
  const { t, f } = useTexts(analysisMessages);
  const query = useQuery('GET /stats/drivers', { query: { product_id: type } });
  return (
    <Card title={t.drivers(typeName(type))} hint={t.driversHint}>
      <Async query={query} height={HEIGHT + 70} empty={<NothingYet what="analyses" height={HEIGHT} />}>
        {(found) => {
          const rows = found.toSorted((a, b) => a.shapley - b.shapley);
          const first = rows.at(-1) as DriverStatistic;
          const text = t.driversText(t[first.factor], f.percent(first.shapley_share ?? 0), f.percent(first.r_squared));
          const bars = (name: string, color: string | undefined, value: (row: DriverStatistic) => number) => ({
            type: 'bar',
            name,
            barMaxWidth: 16,
            itemStyle: { color, borderRadius: [0, 3, 3, 0] },
            label: {
              show: true,
              position: 'right',
              formatter: ({ value: shown }: { value: number }) => f.percent(shown, 1),
            },
            data: rows.map(value),
          });
          return (
            <>
              <p class="lead">{text}</p>
              <Chart
                label={text}
                height={HEIGHT}
                option={(theme) => {
                  const [shapley, eta] = [
                    bars(t.shapley, theme.accent, (row) => row.shapley_share ?? 0),
                    bars(t.eta, theme.series[1], (row) => row.eta_squared),
                  ];
                  const withColour = (series: typeof shapley) => ({
                    ...series,
                    label: { ...series.label, color: theme.softText },
                  });
                  return {
                    grid: { right: 56 },
                    legend: { icon: 'roundRect' },
                    tooltip: { trigger: 'axis', valueFormatter: (value: number) => f.percent(value, 1) },
                    xAxis: { type: 'value', axisLabel: { formatter: (value: number) => f.percent(value) } },
                    yAxis: { type: 'category', data: rows.map(({ factor }) => t[factor]) },
                    series: [withColour(eta), withColour(shapley)],
                  };
                }}
                table={{
                  columns: [
                    { header: t.factor, cell: ({ factor }) => t[factor] },
                    { header: t.groups, figure: ({ groups }) => f.integer(groups) },
                    { header: t.eta, figure: (row) => f.percent(row.eta_squared, 1) },
                    {
                      header: t.shapley,
                      figure: (row) => (row.shapley_share === null ? '–' : f.percent(row.shapley_share, 1)),
                    },
                  ],
                  rows: rows.toReversed(),
                }}
              />
            </>
          );
        }}
      </Async>
    </Card>
  );
}
