import type { CorrelationRow } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';
import { Chart } from '../../chart/chart.js';
import { escaped } from '../../chart/escaped.js';
import { DIVERGING } from '../../chart/palette.js';
import { useTexts } from '../../i18n/texts.js';
import { useSearchParams } from '../../router.js';
import { Select } from '../../ui/fields.js';
import { NothingYet } from '../../ui/nothing-yet.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { analysisMessages } from './analysis-messages.js';
import { WideChart } from './wide-chart.js';

const HEIGHT = 660;
const METHODS = ['pearson', 'spearman'] as const;
const COST = 'cost_';
const TARGET = 'ecs';

/** Names of the variables of the matrix. */
function useVariableNames(): (variable: string) => string {
  const { t, v } = useTexts(analysisMessages);
  return (variable) => {
    if (variable.startsWith(COST)) return t.cost(v.stage(variable.slice(COST.length)));
    const own = t[`v_${variable}` as keyof typeof t];
    return typeof own === 'string' ? own : variable;
  };
}

/** Heat map of the correlations, and those with the cost as bars. */
export function Correlations() {
  const { t, f } = useTexts(analysisMessages);
  const nameOf = useVariableNames();
  const [search, setSearch] = useSearchParams();
  const method = METHODS.find((name) => name === search.get('method')) ?? 'pearson';
  const query = useQuery('GET /stats/correlations', {});
  const text = (value: number) => f.number(value, 2);
  const matrixOf = (all: readonly CorrelationRow[]) => all.filter((row) => row.method === method);
  const isConstant = ({ variable, coefficients }: CorrelationRow) => coefficients[variable] === null;
  return (
    <>
      <Card
        title={t.correlations}
        hint={t.correlationsHint}
        span={7}
        actions={
          <Select
            label={t.method}
            value={method}
            choices={METHODS.map((value) => ({ value, label: t[value] }))}
            onChange={(value) => setSearch({ method: value === 'pearson' ? '' : value })}
          />
        }
      >
        <Async query={query} height={HEIGHT + 70} empty={<NothingYet what="analyses" height={HEIGHT} />}>
          {(all) => {
            const matrix = matrixOf(all);
            const rows = matrix.filter((row) => !isConstant(row));
            const constant = matrix.filter(isConstant).map(({ variable }) => nameOf(variable));
            const names = rows.map(({ variable }) => nameOf(variable));
            const cells = rows.flatMap(({ coefficients }, y) =>
              rows.map(({ variable }, x): [number, number, number] => [x, y, coefficients[variable] ?? 0]),
            );
            const strongest = cells
              .filter(([x, y]) => x < y)
              .reduce((a, b) => (Math.abs(b[2]) > Math.abs(a[2]) ? b : a), [0, 0, 0]);
            const [first, second] = [names[strongest[0]] ?? '', names[strongest[1]] ?? ''];
            return (
              <>
                <WideChart label={t.correlations}>
                  <Chart
                    label={t.correlationsLabel(first, second, text(strongest[2]))}
                    height={HEIGHT}
                    option={(theme) => ({
                      grid: { right: 12, bottom: 56 },
                      tooltip: {
                        formatter: ({ value: [x, y, value] }: { value: [number, number, number] }) =>
                          `${escaped(names[y] ?? '')}<br>${escaped(names[x] ?? '')}<br><b>${text(value)}</b>`,
                      },
                      xAxis: {
                        type: 'category',
                        data: names,
                        axisLabel: { rotate: 60, interval: 0, hideOverlap: false, fontSize: 11, color: theme.text },
                        splitLine: { show: false },
                      },
                      yAxis: {
                        type: 'category',
                        data: names,
                        inverse: true,
                        axisLabel: { fontSize: 11 },
                        splitLine: { show: false },
                      },
                      visualMap: {
                        min: -1,
                        max: 1,
                        orient: 'horizontal',
                        left: 'center',
                        bottom: 0,
                        itemWidth: 14,
                        itemHeight: 160,
                        text: ['+1', '–1'],
                        textStyle: { color: theme.softText },
                        inRange: { color: [...DIVERGING] },
                      },
                      series: [
                        {
                          type: 'heatmap',
                          data: cells,
                          itemStyle: { borderColor: theme.surface, borderWidth: 1 },
                          emphasis: { itemStyle: { borderColor: theme.text, borderWidth: 1.5 } },
                        },
                      ],
                    })}
                    table={{
                      columns: [
                        { header: t.variable, cell: ({ variable }) => nameOf(variable) },
                        ...rows.map(({ variable }) => ({
                          header: nameOf(variable),
                          figure: ({ coefficients }: CorrelationRow) => text(coefficients[variable] ?? 0),
                        })),
                      ],
                      rows,
                    }}
                  />
                </WideChart>
                {constant.length > 0 && <p class="soft hint">{t.constant(f.list(constant))}</p>}
              </>
            );
          }}
        </Async>
      </Card>
      <Card title={t.withCost} hint={t.withCostHint} span={5}>
        <Async query={query} height={HEIGHT + 70} empty={<NothingYet what="analyses" height={HEIGHT} />}>
          {(all) => {
            const target = matrixOf(all).find(({ variable }) => variable === TARGET);
            const rows = Object.entries(target?.coefficients ?? {})
              .flatMap(([variable, value]) => (variable !== TARGET && value !== null ? [{ variable, value }] : []))
              .sort((a, b) => a.value - b.value);
            const lowest = Math.floor(2 * Math.min(0, rows[0]?.value ?? 0)) / 2;
            const strongest = rows.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value))[0];
            return (
              <Chart
                label={t.withCostLabel(nameOf(strongest?.variable ?? ''), text(strongest?.value ?? 0))}
                height={HEIGHT + 40}
                option={(theme) => ({
                  grid: { right: 40 },
                  tooltip: { trigger: 'axis', valueFormatter: text },
                  xAxis: { type: 'value', min: lowest, max: 1, axisLabel: { formatter: text } },
                  yAxis: {
                    type: 'category',
                    data: rows.map(({ variable }) => nameOf(variable)),
                    axisLabel: { fontSize: 11 },
                    axisLine: { onZero: false, show: false },
                  },
                  series: [
                    {
                      type: 'bar',
                      barMaxWidth: 14,
                      label: {
                        show: true,
                        position: 'right',
                        color: theme.softText,
                        fontSize: 11,
                        formatter: ({ value }: { value: number }) => text(value),
                      },
                      data: rows.map(({ value }) => ({
                        value,
                        itemStyle: { color: value < 0 ? theme.series[0] : theme.highlight },
                      })),
                    },
                  ],
                })}
                table={{
                  columns: [
                    { header: t.variable, cell: ({ variable }) => nameOf(variable) },
                    { header: t.correlation, figure: ({ value }) => text(value) },
                  ],
                  rows: rows.toReversed(),
                }}
              />
            );
          }}
        </Async>
      </Card>
    </>
  );
}
