import type { StageStatistic } from '../../api/answers.js';
import { useQuery } from '../../api/use-query.js';
import { Chart } from '../../chart/chart.js';
import { type CustomApi, rangeMark } from '../../chart/marks.js';
import { STAGE_COLOURS } from '../../chart/palette.js';
import { useFormat } from '../../i18n/format.js';
import { useMessages } from '../../i18n/messages.js';
import { COST_PART_ORDER, useVocabulary } from '../../i18n/vocabulary.js';
import { useSearchParams } from '../../router.js';
import { CostPartLegend } from '../../ui/cost-part-legend.js';
import { Select } from '../../ui/fields.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { analysisMessages } from './analysis-messages.js';
import { NoAnalyses } from './no-analyses.js';

const HEIGHT = 400;
const LEGEND_HEIGHT = 60;
const ALL = 'all';

type Row = StageStatistic & { readonly variation: number | null };

interface TypeParts {
  readonly type: string;
  readonly total: number;
  readonly means: Readonly<Record<string, number>>;
}

/** The means of each type, the costliest last. */
function byType(rows: readonly Row[]): TypeParts[] {
  const types = new Map<string, Record<string, number>>();
  for (const { product_id, stage, mean } of rows) types.set(product_id, { ...types.get(product_id), [stage]: mean });
  return [...types]
    .map(([type, means]) => ({ type, means, total: Object.values(means).reduce((a, b) => a + b, 0) }))
    .sort((a, b) => a.total - b.total);
}

interface StagesProps {
  readonly type: string;
  readonly typeName: (type: string) => string;
}

/** The parts of the cost: by type in stacked bars, and those of one type in detail. */
export function CostStages(props: StagesProps) {
  return (
    <>
      <StackedStages {...props} />
      <StageDetails {...props} />
    </>
  );
}

function StackedStages({ type: chosen, typeName }: StagesProps) {
  const t = useMessages(analysisMessages);
  const f = useFormat();
  const v = useVocabulary();
  const [search, setSearch] = useSearchParams();
  const asShares = search.get('as') === 'shares';
  const query = useQuery<readonly Row[]>('/stats/stages');
  return (
    <Card
      title={t.stages}
      hint={t.stagesHint}
      span={6}
      actions={
        <Select
          label={t.shown}
          value={asShares ? 'shares' : 'points'}
          choices={[
            { value: 'points', label: t.points },
            { value: 'shares', label: t.shares },
          ]}
          onChange={(value) => setSearch({ as: value === 'shares' ? value : '' })}
        />
      }
    >
      <Async query={query} height={HEIGHT + LEGEND_HEIGHT + 30} empty={<NoAnalyses height={HEIGHT} />}>
        {(rows) => {
          const types = byType(rows);
          const greatest = rows.filter(({ product_id }) => product_id === ALL).sort((a, b) => b.share - a.share)[0];
          const parts = COST_PART_ORDER.filter((part) => types.some(({ means }) => (means[part] ?? 0) !== 0));
          const shown = ({ means, total }: TypeParts, part: string) => (means[part] ?? 0) / (asShares ? total : 1);
          const text = (value: number) => (asShares ? f.percent(value, 1) : f.points(value));
          return (
            <>
              <CostPartLegend parts={parts} />
              <Chart
                label={t.stagesLabel(v.stage(greatest?.stage ?? ''), f.percent(greatest?.share ?? 0))}
                height={HEIGHT}
                option={(theme) => ({
                  grid: { left: 8, right: 24, top: 8, bottom: 8, containLabel: true },
                  tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, valueFormatter: text },
                  xAxis: {
                    type: 'value',
                    ...(asShares && { max: 1 }),
                    axisLabel: {
                      formatter: (value: number) => (asShares ? f.percent(value) : f.number(value, 3)),
                      hideOverlap: true,
                    },
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
                    barMaxWidth: 26,
                    itemStyle: { color: STAGE_COLOURS[part], borderColor: theme.surface, borderWidth: 0.5 },
                    data: types.map((row) => ({
                      value: shown(row, part),
                      itemStyle: { opacity: chosen === ALL || chosen === row.type ? 1 : 0.4 },
                    })),
                  })),
                })}
                table={{
                  columns: [
                    { id: 'type', header: t.type, cell: ({ type }) => typeName(type) },
                    ...parts.map((part) => ({
                      id: part,
                      header: v.stage(part),
                      numeric: true,
                      cell: (row: TypeParts) => text(shown(row, part)),
                    })),
                  ],
                  rows: types.toReversed(),
                }}
              />
            </>
          );
        }}
      </Async>
    </Card>
  );
}

function StageDetails({ type, typeName }: StagesProps) {
  const t = useMessages(analysisMessages);
  const f = useFormat();
  const v = useVocabulary();
  const query = useQuery<readonly Row[]>('/stats/stages');
  return (
    <Card title={t.parts(typeName(type))} hint={t.partsHint} span={6}>
      <Async
        query={query}
        height={HEIGHT + LEGEND_HEIGHT + 30}
        isEmpty={(rows) => !rows.some(({ product_id }) => product_id === type)}
        empty={<NoAnalyses height={HEIGHT} />}
      >
        {(all) => {
          const rows = all
            .filter(({ product_id, mean }) => product_id === type && mean !== 0)
            .sort((a, b) => a.mean - b.mean);
          const greatest = rows.at(-1) as Row;
          return (
            <Chart
              label={t.partsLabel(typeName(type), v.stage(greatest.stage), f.points(greatest.mean))}
              height={HEIGHT + LEGEND_HEIGHT}
              option={(theme) => ({
                grid: { left: 8, right: 24, top: 8, bottom: 8, containLabel: true },
                tooltip: {
                  trigger: 'axis',
                  axisPointer: { type: 'shadow' },
                  formatter: ([{ dataIndex }]: [{ dataIndex: number }]) => {
                    const row = rows[dataIndex] as Row;
                    return [
                      `<b>${v.stage(row.stage)}</b>`,
                      `${t.mean}: ${f.points(row.mean)} (${f.percent(row.share, 1)})`,
                      `${t.q1}: ${f.points(row.Q1)}`,
                      `${t.median}: ${f.points(row.median)}`,
                      `${t.q3}: ${f.points(row.Q3)}`,
                    ].join('<br>');
                  },
                },
                xAxis: {
                  type: 'value',
                  axisLabel: { formatter: (value: number) => f.number(value, 3), hideOverlap: true },
                },
                yAxis: {
                  type: 'category',
                  data: rows.map(({ stage }) => v.stage(stage)),
                  axisLabel: { color: theme.text },
                },
                series: [
                  {
                    type: 'bar',
                    barMaxWidth: 22,
                    data: rows.map(({ stage, mean }) => ({
                      value: mean,
                      itemStyle: { color: STAGE_COLOURS[stage], borderRadius: [0, 3, 3, 0] },
                    })),
                  },
                  {
                    type: 'custom',
                    encode: { x: [0, 1], y: 2 },
                    renderItem: (_: unknown, api: CustomApi) => rangeMark(api, theme.text),
                    data: rows.map(({ Q1, Q3 }, at) => [Q1, Q3, at]),
                    z: 3,
                  },
                ],
              })}
              table={{
                columns: [
                  { id: 'part', header: t.part, cell: ({ stage }) => v.stage(stage) },
                  { id: 'mean', header: t.mean, numeric: true, cell: ({ mean }) => f.points(mean) },
                  { id: 'share', header: t.share, numeric: true, cell: ({ share }) => f.percent(share, 1) },
                  { id: 'q1', header: t.q1, numeric: true, cell: ({ Q1 }) => f.points(Q1) },
                  { id: 'median', header: t.median, numeric: true, cell: ({ median }) => f.points(median) },
                  { id: 'q3', header: t.q3, numeric: true, cell: ({ Q3 }) => f.points(Q3) },
                  {
                    id: 'variation',
                    header: t.variation,
                    numeric: true,
                    cell: ({ variation }) => (variation === null ? '–' : f.percent(variation)),
                  },
                ],
                rows: rows.toReversed(),
              }}
            />
          );
        }}
      </Async>
    </Card>
  );
}
