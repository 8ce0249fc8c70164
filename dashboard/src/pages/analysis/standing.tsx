import type { PlacedProduct, Standing as StandingAnswer } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';
import { Dots } from '../../chart/dots.js';
import { bound } from '../../i18n/define-messages.js';
import { useTexts } from '../../i18n/texts.js';
import { useLanguage } from '../../preferences.js';
import { Link, useSearchParams } from '../../router.js';
import { Select } from '../../ui/fields.js';
import { Card, Grid } from '../../ui/page.js';
import { Async, EmptyState } from '../../ui/states.js';
import { analysisMessages } from './analysis-messages.js';
import { asked, GRID, useChoice } from './choice.js';
import { pageOfProduct, ReadCatalogues } from './read-catalogues.js';
import { useNames, useTitles } from './use-names.js';

const HEIGHT = 400;
const PORTAL = 'portal';
/** The median's own place, of a hundred. */
const MIDDLE = 50;

type OfCatalogue = StandingAnswer['catalogues'][number];

function Placed({
  catalogue,
  title,
  products,
}: {
  catalogue: string;
  title: string;
  products: readonly PlacedProduct[];
}) {
  const { v } = useTexts(analysisMessages);
  const language = useLanguage();
  const titleOf = useTitles();
  return (
    <section class="segment" aria-label={title}>
      <h3>{title}</h3>
      <ol>
        {products.map((product) => (
          <li key={product.id}>
            <Link to={pageOfProduct(catalogue, product.id)}>{titleOf(product)}</Link> ({v.product(product.product_id)}){' '}
            {bound(product.reason[language])}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Place({ catalogue, against }: { catalogue: OfCatalogue; against: string }) {
  const { t, f } = useTexts(analysisMessages);
  const language = useLanguage();
  const nameIn = useNames();
  const { id, name, placed, percentile, cheaper, types, best, worst } = catalogue;
  if (placed === 0) return <EmptyState title={t.nowhereTitle} height={160} hint={t.nowhere} />;
  const isRanked = types.every((type) => type.percentile !== null);
  const shownOf = (type: OfCatalogue['types'][number]) => (isRanked ? (type.percentile ?? MIDDLE) : type.ratio);
  const text = (value: number) => (isRanked ? f.percent(value / 100) : f.number(value, 3));
  return (
    <>
      <p class="lead">
        {placed === 1
          ? (cheaper ? t.onlyCheaper : t.onlyDearer)(against)
          : t.standingText(f.percent(cheaper ?? 0), f.integer(placed), against)}{' '}
        {percentile !== null && t.percentileText(f.percent(percentile / 100))}
      </p>
      <Dots
        label={t.percentileLabel(name[language], against)}
        rows={types.map((type) => ({ name: nameIn('product', type.product_id, type.name), of: [type] }))}
        series={[name[language]]}
        dotOf={(type) => {
          const middle = isRanked ? MIDDLE : 1;
          return { at: shownOf(type), low: middle, high: shownOf(type) };
        }}
        describe={(type) => text(shownOf(type))}
        axisName={isRanked ? t.percentileAxis : t.ratioAxis}
        text={text}
        reference={isRanked ? MIDDLE : 1}
        {...(isRanked && { ends: [0, 100] as const })}
        header={t.type}
        seriesHeader={t.catalogue}
        columns={[
          { header: t.products, figure: ({ count }) => f.integer(count) },
          { header: t.medianHere, figure: ({ median }) => f.points(median) },
          { header: t.medianThere, figure: (type) => f.points(type.against_median) },
          { header: t.ratio, figure: ({ ratio }) => f.number(ratio, 3) },
          { header: t.place, figure: (type) => f.known(type.percentile, (rank) => f.percent(rank / 100)) },
          { header: t.cheaper, figure: (type) => f.percent(type.cheaper) },
        ]}
      />
      <div class="segments">
        <Placed catalogue={id} title={t.best} products={best} />
        <Placed catalogue={id} title={t.worst} products={worst} />
      </div>
    </>
  );
}

/** The place of each catalogue among the costs of another one, or beside the medians that the portal publishes. */
export function Standing() {
  const { t } = useTexts(analysisMessages);
  const language = useLanguage();
  const { choice } = useChoice();
  const [search, setSearch] = useSearchParams();
  const against = search.get('against') || GRID;
  const catalogues = useQuery('GET /catalogues', { query: { limit: 1000 } }).data?.items ?? [];
  const query = useQuery('GET /analysis/standing', { query: { ...asked(choice), against } });
  return (
    <>
      <section class="card" aria-label={t.against}>
        <div class="fields choice-fields">
          <Select
            label={t.against}
            value={against}
            choices={[
              ...catalogues.map(({ id, name }) => ({ value: id, label: name })),
              { value: PORTAL, label: t.portal },
            ]}
            onChange={(value) => setSearch({ against: value === GRID ? '' : value })}
          />
        </div>
        {choice.catalogue.join() === against && <p class="notice">{t.itself}</p>}
      </section>
      <Async query={query} height={HEIGHT}>
        {({ catalogues: placed, against: other, notes }) => (
          <Grid>
            {placed.map((catalogue, at) => (
              <Card
                key={catalogue.id}
                title={t.standing(catalogue.name[language])}
                hint={t.standingHint(other.name[language])}
              >
                <Place catalogue={catalogue} against={other.name[language]} />
                <ReadCatalogues catalogues={[catalogue]} notes={at === placed.length - 1 ? notes : []} />
                {other.source && <p class="soft hint">{other.source}</p>}
              </Card>
            ))}
          </Grid>
        )}
      </Async>
    </>
  );
}
