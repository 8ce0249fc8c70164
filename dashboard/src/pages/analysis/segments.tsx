import type { Segment } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';
import { Chart } from '../../chart/chart.js';
import { StackedParts } from '../../chart/stacked-parts.js';
import { useTexts } from '../../i18n/texts.js';
import { Link } from '../../router.js';
import { NothingYet } from '../../ui/nothing-yet.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { analysisMessages } from './analysis-messages.js';

const CHART_HEIGHT = 280;
const HEIGHT = 560;

function SegmentSummary({ segment }: { segment: Segment }) {
  const { t, f, v } = useTexts(analysisMessages);
  const { documents, share, mean_cost, typical_product, typical_product_share, typical_document } = segment;
  const { md5_id, product_id = '', mass = null, ecs = 0 } = typical_document;
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
  const { t, f } = useTexts(analysisMessages);
  const query = useQuery('GET /stats/segments', {});
  return (
    <>
      <Card title={t.segments} hint={t.segmentsHint} span={7}>
        <Async query={query} height={HEIGHT} empty={<NothingYet what="analyses" height={HEIGHT} />}>
          {(segments) => {
            return (
              <>
                <StackedParts
                  label={t.segmentsLabel}
                  height={CHART_HEIGHT}
                  header={t.segments}
                  axisName={t.costInPoints}
                  rows={segments.map(({ segment, mean_parts }) => ({
                    name: t.segment(f.integer(segment)),
                    parts: mean_parts,
                  }))}
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
        <Async query={query} height={HEIGHT} empty={<NothingYet what="analyses" height={HEIGHT} />}>
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
                  grid: { right: 16, top: 16 },
                  tooltip: { trigger: 'axis', valueFormatter: (value: number) => f.number(value, 3) },
                  xAxis: { type: 'category', data: rows.map(({ count }) => f.integer(count)), name: t.count },
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
                    { header: t.count, figure: ({ count }) => f.integer(count) },
                    { header: t.silhouette, figure: ({ value }) => f.number(value, 3) },
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
