import type { StageStatistic } from '../../api/answers.js';
import { useQuery } from '../../api/use-query.js';
import { Chart } from '../../chart/chart.js';
import { STAGE_COLOURS } from '../../chart/palette.js';
import { useFormat } from '../../i18n/format.js';
import { useMessages } from '../../i18n/messages.js';
import { COST_PART_ORDER, useVocabulary } from '../../i18n/vocabulary.js';
import { CostPartLegend } from '../../ui/cost-part-legend.js';
import { Card } from '../../ui/page.js';
import { Async, EmptyState } from '../../ui/states.js';
import { overviewMessages } from './overview-messages.js';

const HEIGHT = 310;
const ALL = 'all';

interface TypeParts {
  readonly type: string;
  readonly means: Readonly<Record<string, number>>;
}

function byType(rows: readonly StageStatistic[]): TypeParts[] {
  const types = new Map<string, Record<string, number>>();
  for (const { product_id, stage, mean } of rows) {
    types.set(product_id, { ...types.get(product_id), [stage]: mean });
  }
  const total = ({ means }: TypeParts) => Object.values(means).reduce((sum, mean) => sum + mean, 0);
  return [...types].map(([type, means]) => ({ type, means })).sort((a, b) => total(a) - total(b));
}

/** Stacked bars: the mean cost of each part of the life cycle by product type. */
export function CostParts() {
  const t = useMessages(overviewMessages);
  const f = useFormat();
  const v = useVocabulary();
  const query = useQuery<readonly StageStatistic[]>('/stats/stages');
  const typeName = (type: string) => (type === ALL ? t.allTypes : v.product(type));
  return (
    <Card title={t.stages} hint={t.stagesHint} span={6}>
      <CostPartLegend />
      <Async
        query={query}
        height={HEIGHT + 30}
        empty={
          <EmptyState title={t.emptyStatisticsTitle} height={HEIGHT}>
            {t.emptyStatistics}
          </EmptyState>
        }
      >
        {(rows) => {
          const types = byType(rows);
          const greatest = rows.filter(({ product_id }) => product_id === ALL).sort((a, b) => b.share - a.share)[0];
          const parts = COST_PART_ORDER.filter((part) => types.some(({ means }) => (means[part] ?? 0) !== 0));
          return (
            <Chart
              label={t.stagesLabel(v.stage(greatest?.stage ?? ''), f.percent(greatest?.share ?? 0))}
              height={HEIGHT}
              option={(theme) => ({
                grid: { left: 8, right: 24, top: 8, bottom: 8, containLabel: true },
                tooltip: {
                  trigger: 'axis',
                  axisPointer: { type: 'shadow' },
                  valueFormatter: (value: number) => f.points(value),
                },
                xAxis: {
                  type: 'value',
                  axisLabel: { formatter: (value: number) => f.number(value, 3), hideOverlap: true },
                },
                yAxis: {
                  type: 'category',
                  data: types.map(({ type }) => typeName(type)),
                  axisLabel: { color: theme.text },
                },
                series: parts.map((part) => ({
                  type: 'bar',
                  stack: 'cost',
                  name: v.stage(part),
                  barMaxWidth: 24,
                  itemStyle: { color: STAGE_COLOURS[part], borderColor: theme.surface, borderWidth: 0.5 },
                  data: types.map(({ means }) => means[part] ?? 0),
                })),
              })}
              table={{
                columns: [
                  { id: 'type', header: t.type, cell: ({ type }) => typeName(type) },
                  ...parts.map((part) => ({
                    id: part,
                    header: v.stage(part),
                    numeric: true,
                    cell: ({ means }: TypeParts) => f.points(means[part] ?? 0),
                  })),
                ],
                rows: types.toReversed(),
              }}
            />
          );
        }}
      </Async>
    </Card>
  );
}
