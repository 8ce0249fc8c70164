import type { CatalogueProductDetails } from '@ecobalyse/schema';
import { useState } from 'preact/hooks';
import { ask } from '../../api/client.js';
import { useMay } from '../../api/use-me.js';
import { forgetProductAnswers, type Query, useAction, useQuery } from '../../api/use-query.js';
import { comparisonMessages } from '../../comparison/comparison-messages.js';
import { ExplanationCard } from '../../comparison/explanation-card.js';
import { useTexts } from '../../i18n/texts.js';
import type { PageProps } from '../../page-props.js';
import { Link, navigate, useSearchParams } from '../../router.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { Input, Select } from '../../ui/fields.js';
import { LinkButton } from '../../ui/link-button.js';
import { Card, Figure, Grid, Page } from '../../ui/page.js';
import { Async, EmptyState, ErrorState, Skeleton } from '../../ui/states.js';
import { Warnings } from '../../ui/warnings.js';
import { CostWaterfall } from '../products/cost-waterfall.js';
import { ProductInputs } from '../products/product-inputs.js';
import { catalogueProductMessages, cataloguesMessages } from './catalogues-messages.js';
import { OWNER_TEXTS } from './owner-texts.js';
import { per100g } from './per-100g.js';
import { ProductHistory } from './product-history.js';

const GRID = 'reference-grid';

/** What the product is known by, as texts to be edited. */
const textsOf = (product: CatalogueProductDetails) =>
  Object.fromEntries(OWNER_TEXTS.map((field) => [field, [product[field] ?? ''].flat().join(', ')]));

function EditDialog({ product, onClose }: { product: CatalogueProductDetails; onClose: () => void }) {
  const { t } = useTexts(catalogueProductMessages);
  const before = textsOf(product);
  const [texts, setTexts] = useState(before);
  const hints: Readonly<Record<string, string>> = { gtins: t.gtinsHint, tags: t.tagsHint };
  const save = useAction(async () => {
    const changed = OWNER_TEXTS.filter((field) => texts[field] !== before[field]);
    await ask('PATCH /catalogues/{id}/products/{product}', {
      path: { id: product.catalogue, product: product.id },
      body: Object.fromEntries(changed.map((field) => [field, texts[field] || null])),
    });
    forgetProductAnswers();
    onClose();
  });
  const faults = save.error?.faults ?? [];
  const isOf = (loc: readonly (string | number)[], field: string) => loc[1] === field;
  return (
    <Dialog title={t.editOf(product.reference)} onClose={onClose}>
      <form
        class="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run(undefined);
        }}
      >
        {OWNER_TEXTS.map((field) => (
          <Input
            key={field}
            label={t[field]}
            hint={hints[field]}
            error={faults.find(({ loc }) => isOf(loc, field))?.msg}
            autocomplete="off"
            value={texts[field] ?? ''}
            onChange={(value) => setTexts({ ...texts, [field]: value })}
          />
        ))}
        <p class="soft hint">{t.referenceHint}</p>
        {save.error && faults.length === 0 && <ErrorState error={save.error} />}
        <div class="actions dialog-actions">
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button kind="primary" type="submit" disabled={save.busy}>
            {t.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function KnownAs({ product }: { product: CatalogueProductDetails }) {
  const { t } = useTexts(catalogueProductMessages);
  const rows = [
    [t.reference, product.reference],
    ...OWNER_TEXTS.map((field) => [t[field], [product[field] ?? []].flat().join(', ')] as const),
  ] as const;
  return (
    <Card title={t.knownAs} span={5}>
      {product.notes.map(({ gtin, catalogue, product: id, reference }) => (
        <p key={gtin + id} class="notice">
          {t.repeated(gtin, reference)} <Link to={`/catalogues/${catalogue}/products/${id}`}>{reference}</Link>
        </p>
      ))}
      <dl class="description">
        {rows.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              {value === '' ? (
                '–'
              ) : value === product.link ? (
                <a href={value} rel="noreferrer">
                  {value}
                </a>
              ) : (
                value
              )}
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

/** Why it costs that, beside the grid or its own catalogue. */
function Explained({ catalogue, product }: { catalogue: string; product: string }) {
  const { t } = useTexts(comparisonMessages);
  const [search, setSearch] = useSearchParams();
  const against = search.get('against') || GRID;
  const path = { id: catalogue, product };
  const query = useQuery('GET /catalogues/{id}/products/{product}/explanation', { path, query: { against } });
  return (
    <ExplanationCard
      query={query}
      item={`${catalogue}/${product}`}
      actions={
        <Select
          label={t.against}
          value={against}
          choices={[
            { value: GRID, label: t.grid },
            { value: catalogue, label: t.ownCatalogue },
          ]}
          onChange={(value) => setSearch({ against: value === GRID ? '' : value })}
        />
      }
    />
  );
}

function Product({ product, catalogueName }: { product: CatalogueProductDetails; catalogueName: string }) {
  const { t, f, v } = useTexts(catalogueProductMessages);
  const { needsWriter } = useTexts(cataloguesMessages).t;
  const may = useMay('writer');
  const [isEdited, setEdited] = useState(false);
  const { id, catalogue, reference, query, simulation, percentile, ecs } = product;
  const type = v.product(product.product_id, product.product_name);
  const remove = useAction(async () => {
    await ask('DELETE /catalogues/{id}/products/{product}', { path: { id: catalogue, product: id } });
    forgetProductAnswers();
    // There it can be undone.
    navigate(`/catalogues/${catalogue}?tab=changes`, { replace: true });
  });
  const disabled = { disabled: !may || remove.busy, ...(!may && { title: needsWriter }) };
  const describe = new URLSearchParams({ garment: JSON.stringify(query), catalogue, product: id });
  return (
    <Page
      title={product.name ?? reference}
      intro={
        <>
          <Link to={`/catalogues/${catalogue}`}>{catalogueName}</Link> › {reference}
        </>
      }
      actions={
        <>
          <Button icon="trash" {...disabled} onClick={() => void remove.run(undefined)}>
            {t.delete}
          </Button>
          <LinkButton to={`/score?${describe}`} icon="score">
            {t.describe}
          </LinkButton>
          <Button kind="primary" icon="edit" {...disabled} onClick={() => setEdited(true)}>
            {t.edit}
          </Button>
        </>
      }
    >
      {remove.error && <ErrorState error={remove.error} />}
      <Warnings warnings={product.warnings} />
      <Grid>
        <section class="card span-12" aria-label={t.cost}>
          <dl class="figures key-figures">
            <Figure
              label={t.cost}
              value={f.known(ecs, f.points)}
              note={percentile === null ? t.noRank : t.rank(f.percent(percentile / 100), type)}
            />
            <Figure label={t.methodVersion} value={product.method_version ?? '–'} />
            <Figure label={t.per100g} value={f.known(per100g(product), f.points)} />
            <Figure label={t.mass} value={f.known(product.mass, f.mass)} />
            <Figure label={t.durability} value={f.known(product.durability, (value) => f.number(value, 3))} />
            <Figure label={t.updated} value={f.date(product.updated_at)} />
          </dl>
        </section>
        <CostWaterfall item={product} />
        <KnownAs product={product} />
        {simulation && <ProductInputs item={product} document={simulation} hasScenario={false} />}
        <Explained catalogue={catalogue} product={id} />
        <ProductHistory catalogue={catalogue} product={id} />
      </Grid>
      {isEdited && <EditDialog product={product} onClose={() => setEdited(false)} />}
    </Page>
  );
}

/** A product of a catalogue: what it costs, what it is, and what happened to it. */
export default function CatalogueProductPage({ params: { id = '', product = '' } }: PageProps) {
  const { t } = useTexts(catalogueProductMessages);
  const catalogue = useQuery('GET /catalogues/{id}', { path: { id } });
  const details = useQuery('GET /catalogues/{id}/products/{product}', { path: { id, product } });
  if (details.data && catalogue.data) return <Product product={details.data} catalogueName={catalogue.data.name} />;
  const awaited: Query<unknown> = details.data ? catalogue : details;
  const back = <Link to={`/catalogues/${id}?tab=changes`}>{catalogue.data?.name ?? id}</Link>;
  return (
    <Page title={t.loading} intro={back}>
      <Async
        query={awaited}
        height={900}
        empty={
          <Card title={t.notFoundTitle}>
            <EmptyState title={t.notFound} height={200} hint={back} />
          </Card>
        }
      >
        {() => <Skeleton height={900} />}
      </Async>
    </Page>
  );
}
