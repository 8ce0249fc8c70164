import type { ModelChecks, ModelDetails } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';
import { Chart } from '../../chart/chart.js';
import { STILL_LINE } from '../../chart/marks.js';
import { useTexts } from '../../i18n/texts.js';
import { Card, Figure } from '../../ui/page.js';
import { Async, EmptyState } from '../../ui/states.js';
import { type CheckBlock, checkBlocks } from './check-blocks.js';
import { modelsMessages } from './models-messages.js';

const HEIGHT = 320;
const CHART_HEIGHT = 240;
const BLOCK = 50;

/** How a version predicts the products that arrived since it was trained, and whether that is what it promises. */
export function LiveChecks({ model }: { model: ModelDetails }) {
  const { t } = useTexts(modelsMessages);
  const { version, family, evaluation } = model;
  const query = useQuery('GET /models/{version}/checks', { path: { version } });
  const judged = evaluation?.reports.find((report) => report.family === family)?.error;
  return (
    <Card title={t.live} hint={t.liveHint}>
      <Async
        query={query}
        height={HEIGHT}
        isEmpty={({ checked }) => checked === 0}
        empty={<EmptyState title={t.liveNone} height={120} hint={t.liveNoneWhat} />}
      >
        {(checks) => <Checks checks={checks} judged={judged} />}
      </Async>
    </Card>
  );
}

function Checks({ checks, judged }: { checks: ModelChecks; judged: number | undefined }) {
  const { t, f } = useTexts(modelsMessages);
  const { checked, outside, drifts, drifts_from: from, median_error: error } = checks;
  const level = checks.level ?? 0;
  const inside = f.percent((checked - outside) / checked, 1);
  const promised = f.percent(level);
  const blocks = checkBlocks(checks.items, BLOCK);
  const span = (block: CheckBlock) => `${f.dateTime(block.from)} – ${f.dateTime(block.to)}`;
  const verdict = drifts
    ? t.liveDrifts(f.integer(outside), f.integer(checked), promised)
    : from === null
      ? t.liveFew(f.integer(checked))
      : t.liveHolds(f.integer(outside), f.integer(checked), f.integer(from));
  return (
    <>
      <p class={drifts ? 'notice bad' : 'soft'}>{verdict}</p>
      <dl class="figures">
        <Figure label={t.liveChecked} value={f.integer(checked)} note={t.liveCheckedNote} />
        <Figure label={t.coverage} value={inside} note={t.livePromised(promised)} />
        <Figure
          label={t.medianError}
          value={f.known(error, (value) => f.percent(value / 100, 2))}
          note={judged === undefined ? ' ' : t.liveJudged(f.percent(judged / 100, 2))}
        />
      </dl>
      <Chart
        label={t.liveLabel(inside, f.integer(checked), promised)}
        height={CHART_HEIGHT}
        option={(theme) => ({
          tooltip: {
            trigger: 'item',
            formatter: ({ dataIndex }: { dataIndex: number }) => {
              const block = blocks[dataIndex] as CheckBlock;
              return [
                span(block),
                f.pair(t.count, f.integer(block.checked)),
                f.pair(t.coverage, f.percent(block.inside)),
              ].join('<br>');
            },
          },
          xAxis: { type: 'category', data: blocks.map(({ to }) => f.date(to)) },
          yAxis: { type: 'value', min: 0, max: 1, axisLabel: { formatter: (share: number) => f.percent(share) } },
          series: [
            {
              type: 'line',
              symbolSize: 9,
              data: blocks.map((block) => block.inside),
              itemStyle: { color: drifts ? theme.highlight : theme.accent },
              lineStyle: { color: drifts ? theme.highlight : theme.accent },
              markLine: {
                ...STILL_LINE,
                lineStyle: { color: theme.softText, type: 'dashed', width: 1.5 },
                label: { show: false },
                data: [{ yAxis: level }],
              },
            },
          ],
        })}
        table={{
          columns: [
            { header: t.liveWhen, cell: span },
            { header: t.count, figure: (block) => f.integer(block.checked) },
            { header: t.coverage, figure: (block) => f.percent(block.inside, 1) },
          ],
          rows: blocks,
        }}
      />
    </>
  );
}
