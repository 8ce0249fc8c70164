import type { EstimateAnswer } from '@ecobalyse/schema';
import type { Query } from '../../api/use-query.js';
import { Chart } from '../../chart/chart.js';
import { bound } from '../../i18n/define-messages.js';
import { useTexts } from '../../i18n/texts.js';
import { useLanguage } from '../../preferences.js';
import { Card } from '../../ui/page.js';
import { ErrorState, Skeleton } from '../../ui/states.js';
import { estimateMessages } from './estimate-messages.js';

const CHART_HEIGHT = 150;
const SHOWN_QUESTIONS = 8;
const BAR = 24;

/** The possible costs as a pale bar, nine in ten of them as a full one over it, the median as a line. */
function Range({ ecs }: { ecs: EstimateAnswer['ecs'] }) {
  const { t, f } = useTexts(estimateMessages);
  const { min, p5, median, p95, max } = ecs;
  const bar = (name: string, from: number, to: number, opacity: number) => [
    {
      type: 'bar',
      stack: name,
      silent: true,
      barGap: '-100%',
      barWidth: BAR,
      itemStyle: { color: 'transparent' },
      data: [from],
    },
    { type: 'bar', name, stack: name, barGap: '-100%', barWidth: BAR, itemStyle: { opacity }, data: [to - from] },
  ];
  return (
    <Chart
      label={f.pair(
        t.range,
        `${t.between(f.points(min), f.points(max))}. ${t.likely(f.points(median), f.points(p5), f.points(p95))}`,
      )}
      height={CHART_HEIGHT}
      option={(theme) => ({
        grid: { left: 8, right: 24, top: 24 },
        xAxis: {
          type: 'value',
          scale: true,
          name: t.points,
          axisLabel: { formatter: (cost: number) => f.number(cost, 3) },
        },
        yAxis: { type: 'category', data: [''], axisLabel: { show: false } },
        series: [...bar(t.possible, min, max, 0.3), ...bar(t.usual, p5, p95, 1)].map((series, rank) => ({
          ...series,
          color: theme.accent,
          ...(rank === 3 && {
            markLine: {
              symbol: 'none',
              silent: true,
              animation: false,
              lineStyle: { color: theme.text, type: 'solid' },
              label: { formatter: f.points(median), color: theme.text },
              data: [{ xAxis: median }],
            },
          }),
        })),
      })}
      table={{
        columns: [
          { header: t.figure, cell: ({ name }: { name: string; cost: number }) => name },
          { header: t.cost, figure: ({ cost }) => f.points(cost) },
        ],
        rows: (
          [
            ['lowest', min],
            ['p5', p5],
            ['median', median],
            ['p95', p95],
            ['highest', max],
          ] as const
        ).map(([name, cost]) => ({ name: t[name], cost })),
      }}
    />
  );
}

/** What is known of a garment of which something is unknown, and what to ask first. */
export function EstimateCard({ estimate, invalid }: { estimate: Query<EstimateAnswer>; invalid: string }) {
  const { t, f } = useTexts(estimateMessages);
  const language = useLanguage();
  const { data, error, stale } = estimate;
  if (error) {
    return (
      <Card title={t.title} span={5}>
        {error.kind === 'invalid' ? (
          <p class="notice bad">{invalid}</p>
        ) : (
          <ErrorState error={error} onRetry={estimate.retry} />
        )}
      </Card>
    );
  }
  if (!data) {
    return (
      <Card title={t.title} hint={t.hint} span={5}>
        <Skeleton height={CHART_HEIGHT + 240} />
      </Card>
    );
  }
  const { ecs, ask, declaration } = data;
  return (
    <div class={stale ? 'span-5 sticky-results stale' : 'span-5 sticky-results'}>
      <Card title={t.title} hint={t.hint}>
        <div aria-live="polite">
          <p class="estimate-figure">{t.between(f.points(ecs.min), f.points(ecs.max))}</p>
          <p>{t.likely(f.points(ecs.median), f.points(ecs.p5), f.points(ecs.p95))}</p>
        </div>
        <Range ecs={ecs} />
        {declaration.published !== null && declaration.declarable !== null && (
          <p class="hint">
            {t.published(f.points(declaration.published))} {t.declarable(f.points(declaration.declarable))}
          </p>
        )}
      </Card>
      <Card title={t.ask} hint={t.askHint}>
        <ol class="questions">
          {ask.slice(0, SHOWN_QUESTIONS).map(({ field, words }) => (
            <li key={field}>{bound(words[language])}</li>
          ))}
        </ol>
      </Card>
    </div>
  );
}
