import type { ImpactItem, PublicDocument } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';
import { ExplanationCard } from '../../comparison/explanation-card.js';
import { queryOfInputs } from '../../garment/garment.js';
import { placeIn } from '../../garment/place.js';
import { useTypeDistribution } from '../../garment/use-simulation.js';
import { useMessages } from '../../i18n/messages.js';
import { useTexts } from '../../i18n/texts.js';
import type { PageProps } from '../../page-props.js';
import { Link } from '../../router.js';
import { Card, Figure, Grid, Page } from '../../ui/page.js';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.js';
import { CostWaterfall } from './cost-waterfall.js';
import { DeleteProduct } from './delete-product.js';
import { PlaceInType } from './place-in-type.js';
import { ProductInputs } from './product-inputs.js';
import { productMessages } from './product-messages.js';
import { WhatIf } from './what-if.js';

function Product({ item, document }: { item: ImpactItem; document: PublicDocument }) {
  const { t, f, v } = useTexts(productMessages);
  const distribution = useTypeDistribution(item.product_id, item.method_version);
  const explanation = useQuery('GET /product/by-id/{md5_id}/explanation', { path: { md5_id: item.md5_id ?? '' } });
  const ecs = item.ecs ?? 0;
  const place = distribution.data ? placeIn(distribution.data, ecs) : null;
  const name = v.product(item.product_id, item.product_name);
  const rank = typeof place === 'number' ? t.rank(f.percent(place), name) : place && t[place](name);
  return (
    <Page
      title={`${name}, ${item.mass === null ? '' : f.mass(item.mass)}`}
      intro={
        <>
          <Link to="/products">{t.back}</Link> ›{' '}
          <Link to={`/products?product=${encodeURIComponent(item.product_id ?? '')}`}>{name}</Link>
        </>
      }
      actions={<DeleteProduct id={item.md5_id ?? ''} />}
    >
      <Grid>
        <section class="card span-12" aria-label={t.cost}>
          <dl class="figures key-figures">
            <Figure label={t.cost} value={f.points(ecs)} note={rank ?? ' '} />
            <Figure label={t.methodVersion} value={item.method_version ?? '–'} />
            <Figure label={t.pef} value={item.pef === null ? '–' : f.points(item.pef)} />
            <Figure label={t.durability} value={item.durability === null ? '–' : f.number(item.durability, 3)} />
            <Figure label={t.daysOfWear} value={item.days_of_wear === null ? '–' : f.integer(item.days_of_wear)} />
            <Figure label={t.added} value={item.created_at === null ? '–' : f.date(item.created_at)} />
          </dl>
        </section>
        <CostWaterfall item={item} />
        <PlaceInType query={distribution} cost={ecs} rank={rank ?? ''} />
        {/* How long it is depends on the product: here it moves nothing that is read already. */}
        <ExplanationCard query={explanation} item={item.md5_id ?? ''} />
        <ProductInputs item={item} document={document} />
        <WhatIf original={queryOfInputs(document.inputs, item.country_spinning)} />
      </Grid>
    </Page>
  );
}

/** One product: what it costs, why, among which, and what could be done about it. */
export default function ProductPage({ params }: PageProps) {
  const t = useMessages(productMessages);
  const id = params.id ?? '';
  const found = useQuery('GET /impacts', { query: { q: id, limit: 1 } });
  const document = useQuery('GET /product/by-id/{md5_id}', { path: { md5_id: id } });
  const item = found.data?.items.find(({ md5_id }) => md5_id === id);
  if (item && document.data) return <Product item={item} document={document.data} />;
  const failed = [found, document].find(({ error }) => error && error.kind !== 'not-found');
  const isAbsent = document.error?.kind === 'not-found' || (found.data && !item);
  return (
    <Page title={t.loading} intro={<Link to="/products">{t.back}</Link>}>
      {failed?.error ? (
        <ErrorState error={failed.error} onRetry={failed.retry} height={400} />
      ) : isAbsent ? (
        <Card title={t.notFoundTitle}>
          <EmptyState title={t.notFound} height={200}>
            <Link to="/products">{t.back}</Link>
          </EmptyState>
        </Card>
      ) : (
        <Skeleton height={900} />
      )}
    </Page>
  );
}
