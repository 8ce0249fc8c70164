import { useQuery } from '../../api/use-query.js';
import { Chart } from '../../chart/chart.js';
import { STAGE_COLOURS } from '../../chart/palette.js';
import { useFormat } from '../../i18n/format.js';
import { useMessages } from '../../i18n/messages.js';
import { COST_PART_ORDER, useVocabulary } from '../../i18n/vocabulary.js';
import { Link } from '../../router.js';
import { CostPartLegend } from '../../ui/cost-part-legend.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { analysisMessages } from './analysis-messages.js';
import { NoAnalyses } from './no-analyses.js';

const CHART_HEIGHT = 280;
const HEIGHT = 560;

interface Segment {
  readonly segment: number;
  readonly documents: number;
  readonly share: number;
  readonly mean_cost: number;
  readonly typical_product: string;
  readonly typical_product_share: number;
  readonly typical_document: {
    readonly md5_id: string;
    readonly product_id: string;
    readonly mass: number | null;
    readonly ecs: number;
  };
  readonly mean_parts: Readonly<Record<string, number | null>>;
  readonly silhouettes: Readonly<Record<string, number | null>>;
}

function SegmentSummary({ segment }: { segment: Segment }) {
  const t = useMessages(analysisMessages);
  const f = useFormat();
  const v = useVocabulary();
  const { documents, share, mean_cost, typical_product, typical_product_share, typical_document } = segment;
  const { md5_id, product_id, mass, ecs } = typical_document;
  return (
    <li class="segment">
      <h3>{t.segment(f.integer(segment.segment))}</h3>
      <p class="soft hint">{t.segmentOf(f.integer(documents), f.percent(share))}</p>
      <dl class="pairs">
        <dt>{t.meanCost}</dt>
        <dd>{f.points(mean_cost)}</dd>
        <dt>{t.typicalType}</dt>
        <dd>
          {v.product(typical_product)} ({f.percent(typical_product_share)})
        </dd>
        <dt>{t.typical}</dt>
        <dd>
          <Link to={`/products/${md5_id}`}>
            {[v.product(product_id), ...(mass === null ? [] : [f.mass(mass)]), f.points(ecs)].join(' · ')}
          </Link>
        </dd>
      </dl>
    </li>
  );
}

/** Products of a like cost structure, and how well apart they are. */
export function Segments() {
  const t = useMessages(analysisMessages);
  const f = useFormat();
  const v = useVocabulary();
  const query = useQuery<readonly Segment[]>('/stats/segments');
  return (
    <>
      <Card title={t.segments} hint={t.segmentsHint} span={7}>
        <Async query={query} height={HEIGHT} empty={<NoAnalyses height={HEIGHT} />}>
          {(segments) => {
            const parts = COST_PART_ORDER.filter((part) =>
              segments.some(({ mean_parts }) => (mean_parts[part] ?? 0) !== 0),
            );
            const rows = segments.toReversed();
            return (
              <>
                <CostPartLegend parts={parts} />
                <Chart
                  label={t.segmentsLabel}
                  height={CHART_HEIGHT}
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
                      data: rows.map(({ segment }) => t.segment(f.integer(segment))),
                      axisLabel: { color: theme.text },
                    },
                    series: parts.map((part) => ({
                      type: 'bar',
                      stack: 'cost',
                      name: v.stage(part),
                      barMaxWidth: 44,
                      itemStyle: { color: STAGE_COLOURS[part], borderColor: theme.surface, borderWidth: 0.5 },
                      data: rows.map(({ mean_parts }) => mean_parts[part] ?? 0),
                    })),
                  })}
                  table={{
                    columns: [
                      { id: 'segment', header: t.segments, cell: ({ segment }) => t.segment(f.integer(segment)) },
                      ...parts.map((part) => ({
                        id: part,
                        header: v.stage(part),
                        numeric: true,
                        cell: ({ mean_parts }: Segment) => f.points(mean_parts[part] ?? 0),
                      })),
                    ],
                    rows: segments,
                  }}
                />
                <ul class="segments">
                  {segments.map((segment) => (
                    <SegmentSummary key={segment.segment} segment={segment} />
                  ))}
                </ul>
              </>
            );
          }}
        </Async>
      </Card>
      <Card title={t.quality} hint={t.qualityHint} span={5}>
        <Async query={query} height={HEIGHT} empty={<NoAnalyses height={HEIGHT} />}>
          {(segments) => {
            const rows = Object.entries(segments[0]?.silhouettes ?? {}).flatMap(([count, value]) =>
              value === null ? [] : [{ count: Number(count), value }],
            );
            const best = rows.find(({ count }) => count === segments.length);
            return (
              <Chart
                label={t.qualityLabel(f.integer(segments.length), f.number(best?.value ?? 0, 2))}
                height={HEIGHT - 60}
                option={(theme) => ({
                  grid: { left: 8, right: 16, top: 16, bottom: 28, containLabel: true },
                  tooltip: { trigger: 'axis', valueFormatter: (value: number) => f.number(value, 3) },
                  xAxis: {
                    type: 'category',
                    data: rows.map(({ count }) => f.integer(count)),
                    name: t.count,
                    nameLocation: 'middle',
                    nameGap: 28,
                  },
                  yAxis: { type: 'value', axisLabel: { formatter: (value: number) => f.number(value, 2) } },
                  series: [
                    {
                      type: 'line',
                      name: t.silhouette,
                      symbol: 'circle',
                      lineStyle: { color: theme.accent },
                      data: rows.map(({ count, value }) => ({
                        value,
                        symbolSize: count === segments.length ? 15 : 8,
                        itemStyle: { color: count === segments.length ? theme.highlight : theme.accent },
                      })),
                    },
                  ],
                })}
                table={{
                  columns: [
                    { id: 'count', header: t.count, numeric: true, cell: ({ count }) => f.integer(count) },
                    { id: 'value', header: t.silhouette, numeric: true, cell: ({ value }) => f.number(value, 3) },
                  ],
                  rows,
                }}
              />
            );
          }}
        </Async>
      </Card>
    </>
  );
}
