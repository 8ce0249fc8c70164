import type { StageStatistic } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';
import { Chart } from '../../chart/chart.js';
import { type CustomApi, rangeMark, rowTooltip } from '../../chart/marks.js';
import { STAGE_COLOURS } from '../../chart/palette.js';
import { partsByType, StackedParts } from '../../chart/stacked-parts.js';
import { useTexts } from '../../i18n/texts.js';
import { useSearchParams } from '../../router.js';
import { Select } from '../../ui/fields.js';
import { NothingYet } from '../../ui/nothing-yet.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { analysisMessages } from './analysis-messages.js';

const HEIGHT = 400;
const LEGEND_HEIGHT = 60;
const ALL = 'all';

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
  const { t, f, v } = useTexts(analysisMessages);
  const [search, setSearch] = useSearchParams();
  const asShares = search.get('as') === 'shares';
  const query = useQuery('GET /stats/stages', {});
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
      <Async query={query} height={HEIGHT + LEGEND_HEIGHT + 30} empty={<NothingYet what="analyses" height={HEIGHT} />}>
        {(rows) => {
          const greatest = rows
            .filter(({ product_id }) => product_id === ALL)
            .sort((a, b) => (b.share ?? 0) - (a.share ?? 0))[0];
          return (
            <StackedParts
              label={t.stagesLabel(v.stage(greatest?.stage ?? ''), f.percent(greatest?.share ?? 0))}
              height={HEIGHT}
              header={t.type}
              axisName={asShares ? t.shareOfCost : t.costInPoints}
              asShares={asShares}
              rows={partsByType(rows).map(({ type, parts }) => ({
                name: typeName(type),
                parts,
                faded: chosen !== ALL && chosen !== type,
              }))}
            />
          );
        }}
      </Async>
    </Card>
  );
}

function StageDetails({ type, typeName }: StagesProps) {
  const { t, f, v } = useTexts(analysisMessages);
  const query = useQuery('GET /stats/stages', {});
  return (
    <Card title={t.parts(typeName(type))} hint={t.partsHint} span={6}>
      <Async
        query={query}
        height={HEIGHT + LEGEND_HEIGHT + 30}
        isEmpty={(rows) => !rows.some(({ product_id }) => product_id === type)}
        empty={<NothingYet what="analyses" height={HEIGHT} />}
      >
        {(all) => {
          const rows = all
            .filter(({ product_id, mean }) => product_id === type && mean !== 0)
            .sort((a, b) => a.mean - b.mean);
          const greatest = rows.at(-1) as StageStatistic;
          return (
            <Chart
              label={t.partsLabel(typeName(type), v.stage(greatest.stage), f.points(greatest.mean))}
              height={HEIGHT + LEGEND_HEIGHT}
              option={(theme) => ({
                tooltip: rowTooltip(rows, (row) => [
                  `<b>${v.stage(row.stage)}</b>`,
                  f.pair(t.mean, `${f.points(row.mean)} (${f.percent(row.share ?? 0, 1)})`),
                  f.pair(t.q1, f.points(row.Q1)),
                  f.pair(t.median, f.points(row.median)),
                  f.pair(t.q3, f.points(row.Q3)),
                ]),
                xAxis: { type: 'value', name: t.costInPoints },
                yAxis: { type: 'category', data: rows.map(({ stage }) => v.stage(stage)) },
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
                  { header: t.part, cell: ({ stage }) => v.stage(stage) },
                  { header: t.mean, figure: ({ mean }) => f.points(mean) },
                  { header: t.share, figure: ({ share }) => f.percent(share ?? 0, 1) },
                  { header: t.q1, figure: ({ Q1 }) => f.points(Q1) },
                  { header: t.median, figure: ({ median }) => f.points(median) },
                  { header: t.q3, figure: ({ Q3 }) => f.points(Q3) },
                  { header: t.variation, figure: ({ variation }) => (variation === null ? '–' : f.percent(variation)) },
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
