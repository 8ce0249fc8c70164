import type { Segments as SegmentsAnswer } from '@ecobalyse/schema';
import { SEGMENT_FEATURES } from '@ecobalyse/schema/vocabulary';
import { useQuery } from '../../api/use-query.js';
import { StackedParts } from '../../chart/stacked-parts.js';
import { useTexts } from '../../i18n/texts.js';
import { useLanguage } from '../../preferences.js';
import { Link, useSearchParams } from '../../router.js';
import { Select } from '../../ui/fields.js';
import { Card, Grid } from '../../ui/page.js';
import { Async, EmptyState } from '../../ui/states.js';
import { analysisMessages } from './analysis-messages.js';
import { asked, useChoice } from './choice.js';
import { pageOfProduct, ReadCatalogues } from './read-catalogues.js';
import { useNames, useTitles } from './use-names.js';

const HEIGHT = 500;
const AXIS = 70;
const ROW = 44;

type OfCatalogue = SegmentsAnswer['catalogues'][number];

function SegmentSummary({ catalogue, segment }: { catalogue: string; segment: OfCatalogue['segments'][number] }) {
  const { t, f } = useTexts(analysisMessages);
  const language = useLanguage();
  const titleOf = useTitles();
  const nameIn = useNames();
  const { name, count, share, cost_per_100g: cost, types, typical } = segment;
  return (
    <li class="segment">
      <h3>{t.segment(f.integer(segment.segment))}</h3>
      <p>{name[language]}</p>
      <p class="soft hint">{t.segmentOf(f.integer(count), f.percent(share))}</p>
      <dl class="pairs">
        <dt>{t.costOf100g}</dt>
        <dd>
          {f.points(cost.median)} ({t.range(f.number(cost.p5), f.number(cost.p95))})
        </dd>
        <dt>{t.typesOfSegment}</dt>
        <dd>
          {f.list(types.map((type) => `${nameIn('product', type.product_id, type.name)} ${f.percent(type.share)}`))}
        </dd>
        <dt>{t.typical}</dt>
        <dd>
          <Link to={pageOfProduct(catalogue, typical.id)}>{titleOf(typical)}</Link>
        </dd>
      </dl>
    </li>
  );
}

/** Products whose cost is made of like things, and whether another draw of them would give the same segments. */
export function Segments() {
  const { t, f } = useTexts(analysisMessages);
  const language = useLanguage();
  const { choice } = useChoice();
  const [search, setSearch] = useSearchParams();
  const of = SEGMENT_FEATURES.find((name) => name === search.get('of')) ?? SEGMENT_FEATURES[0];
  const { per: _, ...products } = asked(choice);
  const query = useQuery('GET /analysis/segments', { query: { ...products, of } });
  return (
    <Async query={query} height={HEIGHT}>
      {({ catalogues, notes }) => (
        <Grid>
          {catalogues.map((catalogue, at) => {
            const { id, name, silhouette, stability, segments } = catalogue;
            return (
              <Card
                key={id}
                title={t.segments(name[language])}
                hint={t.segmentsHint}
                actions={
                  at === 0 && (
                    <Select
                      label={t.of}
                      value={of}
                      choices={SEGMENT_FEATURES.map((value) => ({ value, label: t[`of_${value}`] }))}
                      onChange={(value) => setSearch({ of: value === SEGMENT_FEATURES[0] ? '' : value })}
                    />
                  )
                }
              >
                {segments.length === 0 || silhouette === null ? (
                  <EmptyState title={t.fewTitle} height={200} hint={t.none} />
                ) : (
                  <>
                    {stability && (
                      <p class={stability.stable ? 'lead' : 'notice bad'}>
                        {t[stability.stable ? 'stable' : 'unstable'](
                          f.number(stability.mean, 2),
                          f.integer(stability.resamples),
                        )}
                      </p>
                    )}
                    <p class="soft hint">{t.apart(f.integer(segments.length), f.number(silhouette, 2))}</p>
                    <StackedParts
                      label={t.segmentsLabel(name[language])}
                      height={AXIS + ROW * segments.length}
                      header={t.segmentsTab}
                      axisName={t.shareOfCost}
                      asShares
                      rows={segments.map(({ segment, shares }) => ({
                        name: t.segment(f.integer(segment)),
                        parts: shares,
                      }))}
                    />
                    <ul class="segments">
                      {segments.map((segment) => (
                        <SegmentSummary key={segment.segment} catalogue={id} segment={segment} />
                      ))}
                    </ul>
                  </>
                )}
                <ReadCatalogues catalogues={[catalogue]} notes={at === catalogues.length - 1 ? notes : []} />
              </Card>
            );
          })}
        </Grid>
      )}
    </Async>
  );
}
