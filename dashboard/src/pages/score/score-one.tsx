import type { ApiError } from '@ecobalyse/api-client';
import type { Simulation } from '@ecobalyse/schema';
import { PREDICTION_FIELDS } from '@ecobalyse/schema/vocabulary';
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../../api/client.js';
import { useMay } from '../../api/use-me.js';
import { forgetProductAnswers, type Query, useAction, useQuery } from '../../api/use-query.js';
import { comparisonOf, itemOfQuery, variantOf } from '../../comparison/addresses.js';
import { comparisonMessages } from '../../comparison/comparison-messages.js';
import { ExplanationCard } from '../../comparison/explanation-card.js';
import { CostComparison } from '../../garment/cost-comparison.js';
import { useFieldErrors } from '../../garment/field-errors.js';
import { fromQuery, type Garment, type GarmentQuery, isOpen, NEW_GARMENT } from '../../garment/garment.js';
import { GarmentForm } from '../../garment/garment-form.js';
import { garmentMessages } from '../../garment/garment-messages.js';
import { placeIn } from '../../garment/place.js';
import { useReference } from '../../garment/use-reference.js';
import {
  useEstimate,
  usePrediction,
  useSimulation,
  useTypeDistribution,
  useTypeMedians,
} from '../../garment/use-simulation.js';
import { useMessages } from '../../i18n/messages.js';
import { useTexts } from '../../i18n/texts.js';
import { Link, useSearchParams } from '../../router.js';
import { Button } from '../../ui/button.js';
import { LinkButton } from '../../ui/link-button.js';
import { Card, Figure, Grid } from '../../ui/page.js';
import { Async, EmptyState, ErrorState, Skeleton } from '../../ui/states.js';
import { Warnings } from '../../ui/warnings.js';
import { EstimateCard } from './estimate-card.js';
import { scoreMessages } from './score-messages.js';

const CHART_HEIGHT = 400;

/** What the form calls the fields that a prediction is warned about. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  ...PREDICTION_FIELDS,
  Materials: 'materials',
  MaterialId_1: 'material',
  MaterialId_2: 'material',
  MaterialId_1_share: 'share',
  MaterialId_2_share: 'share',
  DisabledSteps: 'steps',
};

/** The garment that an address describes, or a new one. */
function garmentOf(text: string | null): Garment {
  if (text === null) return NEW_GARMENT;
  try {
    return fromQuery(JSON.parse(text));
  } catch {
    return NEW_GARMENT;
  }
}

function Prediction({ query, exact }: { query: GarmentQuery | null; exact: number | undefined }) {
  const { t, f } = useTexts(scoreMessages);
  const words = useMessages(garmentMessages);
  const prediction = usePrediction(query);
  const fieldName = (field: string) => {
    const text = words[(FIELD_NAMES[field] ?? field) as keyof typeof words];
    return typeof text === 'string' ? text : field;
  };
  return (
    <section class="sub-section">
      <h3>{t.prediction}</h3>
      <Async query={prediction} height={96} empty={<p class="soft">{t.noModel}</p>}>
        {({ prediction_impact, interval, warnings }) => {
          const isInside = exact !== undefined && exact >= interval.low && exact <= interval.high;
          return (
            <>
              <p>
                {t.predicted(
                  f.points(prediction_impact),
                  f.points(interval.low),
                  f.points(interval.high),
                  f.percent(interval.level),
                )}
              </p>
              <p class="soft hint">{isInside ? t.inside : t.outside}</p>
              {warnings.length > 0 && (
                <div class="soft hint">
                  {t.warnings}
                  <ul>
                    {warnings.map(({ code, field }) => (
                      <li key={code + field}>{t[code](fieldName(field))}</li>
                    ))}
                  </ul>
                </div>
              )}
            </>
          );
        }}
      </Async>
    </section>
  );
}

/** Gives a product of a catalogue the description of the form; what is known of it besides stays. */
function SaveToCatalogue({ query, catalogue, product }: { query: GarmentQuery; catalogue: string; product: string }) {
  const t = useMessages(scoreMessages);
  const may = useMay('writer');
  const path = { id: catalogue, product };
  const before = useQuery('GET /catalogues/{id}/products/{product}', { path });
  const save = useAction(async (described: GarmentQuery) => {
    const taken = Object.keys(before.data?.query ?? {}).map((field) => [field, null]);
    const body = { ...Object.fromEntries(taken), ...described };
    const { status } = await ask('PATCH /catalogues/{id}/products/{product}', { path, body });
    forgetProductAnswers();
    return status;
  });
  const reference = before.data?.reference;
  return (
    <div class="save">
      <Button
        kind="primary"
        disabled={!may || save.busy || reference === undefined || save.result !== undefined}
        onClick={() => void save.run(query)}
      >
        {save.busy ? t.saving : t.saveAs(reference ?? '…')}
      </Button>
      <p role="status" class="hint">
        {save.result ? t.savedAs(reference ?? '') : may ? '' : t.needsWriter}{' '}
        <Link to={`/catalogues/${catalogue}/products/${product}`}>{t.open}</Link>
      </p>
      {(save.error ?? before.error) && <ErrorState error={(save.error ?? before.error) as ApiError} />}
    </div>
  );
}

function Save({ query, simulation }: { query: GarmentQuery; simulation: Simulation }) {
  const t = useMessages(scoreMessages);
  const may = useMay('writer');
  const save = useAction(async (product: GarmentQuery) => {
    await ask('POST /product', { body: product });
    forgetProductAnswers();
    return simulation.md5_id;
  });
  const isSaved = save.result === simulation.md5_id;
  return (
    <div class="save">
      <Button
        kind="primary"
        disabled={!may || save.busy || isSaved || simulation.exists}
        onClick={() => void save.run(query)}
      >
        {save.busy ? t.saving : t.save}
      </Button>
      <p role="status" class="hint">
        {isSaved ? t.saved : simulation.exists ? t.exists : may ? '' : t.needsWriter}{' '}
        {(isSaved || simulation.exists) && <Link to={`/products/${simulation.md5_id}`}>{t.open}</Link>}
      </p>
      {save.error && <ErrorState error={save.error} />}
    </div>
  );
}

interface ResultProps {
  readonly query: GarmentQuery;
  readonly simulation: Query<Simulation>;
}

function Result({ query, simulation }: ResultProps) {
  const { t, f, v } = useTexts(scoreMessages);
  const { general } = useFieldErrors(simulation.error);
  const [search] = useSearchParams();
  const catalogue = search.get('catalogue');
  const catalogueProduct = search.get('product');
  const product = typeof query.product === 'string' ? query.product : null;
  const isValid = simulation.error === undefined && simulation.data !== undefined;
  const medians = useTypeMedians(product);
  const { data } = simulation;
  const distribution = useTypeDistribution(data ? product : null, data?.method_version ?? null);
  const place = data && distribution.data ? placeIn(distribution.data, data.ecs) : null;

  if (simulation.error && simulation.error.kind !== 'invalid')
    return (
      <Card title={t.result} span={5}>
        <ErrorState error={simulation.error} onRetry={simulation.retry} height={CHART_HEIGHT} />
      </Card>
    );
  return (
    <div class="span-5 sticky-results">
      <Card title={t.result}>
        <div class="result-figure" aria-live="polite">
          {simulation.error ? (
            <p class="notice bad">{general ?? t.invalid}</p>
          ) : data ? (
            <>
              <p class={simulation.stale ? 'big-figure stale' : 'big-figure'}>{f.points(data.ecs)}</p>
              <p class="soft">{t.per(f.mass(data.mass))}</p>
              <p class="hint">
                {typeof place === 'number'
                  ? t.dearerThan(f.percent(place), v.product(data.product_id))
                  : place
                    ? t[place](v.product(data.product_id))
                    : distribution.data?.count === 0 && t.noType}
              </p>
            </>
          ) : (
            <Skeleton height={112} />
          )}
        </div>
        {data && isValid && <Warnings warnings={data.warnings} />}
        {data && (
          <dl class={isValid ? 'figures' : 'figures stale'}>
            <Figure label={t.durability} value={f.number(data.durability, 3)} />
            <Figure label={t.daysOfWear} value={f.integer(data.days_of_wear)} />
            <Figure label={t.pef} value={f.points(data.pef)} />
          </dl>
        )}
        {/* What is refused has no prediction to wait for. */}
        {!simulation.error && <Prediction query={isValid && !simulation.stale ? query : null} exact={data?.ecs} />}
        {data &&
          isValid &&
          (catalogue && catalogueProduct ? (
            <SaveToCatalogue key={data.md5_id} query={query} catalogue={catalogue} product={catalogueProduct} />
          ) : (
            <Save key={data.md5_id} query={query} simulation={data} />
          ))}
      </Card>
      <Card title={t.breakdown} hint={t.breakdownHint}>
        {data ? (
          <CostComparison
            height={CHART_HEIGHT}
            one={{ name: t.this, costs: Object.fromEntries(data.stages.map(({ stage, ecs }) => [stage, ecs])) }}
            other={{ name: t.median, costs: medians }}
          />
        ) : simulation.error ? (
          <EmptyState title={t.invalid} height={CHART_HEIGHT} />
        ) : (
          <Skeleton height={CHART_HEIGHT + 28} />
        )}
      </Card>
    </div>
  );
}

/** Why the garment costs that. */
function Explained({ query }: { query: GarmentQuery }) {
  return <ExplanationCard query={useQuery('POST /explain', { body: query })} item={itemOfQuery(query)} />;
}

/** The way to a comparison: with what the garment was before it is changed, or with what it is compared to. */
function CompareVariant({ query }: { query: GarmentQuery }) {
  const t = useMessages(comparisonMessages);
  const [search] = useSearchParams();
  const compared = search.getAll('compared');
  if (compared.length === 0)
    return (
      <Link to={variantOf(query, [itemOfQuery(query)])} class="link-button">
        {t.compareVariant}
      </Link>
    );
  return (
    <>
      <span class="soft hint">{t.variantHint}</span>
      <LinkButton
        to={comparisonOf([...compared, itemOfQuery(query, t.variant(String(compared.length)))])}
        kind="primary"
      >
        {t.compare}
      </LinkButton>
    </>
  );
}

/** One garment: its whole query, and its exact score as it is typed, or an estimate while something of it is unknown. */
export function ScoreOne() {
  const t = useMessages(scoreMessages);
  const [search, setSearch] = useSearchParams();
  const reference = useReference();
  const [garment, setGarment] = useState(() => garmentOf(search.get('garment')));
  const { query, simulation } = useSimulation(garment);
  const estimate = useEstimate(query);
  const { errorAt } = useFieldErrors(simulation.error ?? estimate.error);
  const text = JSON.stringify(query);
  // The address describes the garment, so that it can be shared; a new one needs no description.
  useEffect(() => {
    if (garment !== NEW_GARMENT) setSearch({ garment: text });
  }, [text]);
  return (
    <Grid>
      <Card
        title={t.description}
        hint={t.shareLink}
        span={7}
        actions={
          <>
            {!isOpen(query) && <CompareVariant query={query} />}
            <button
              type="button"
              class="link-button"
              onClick={() => {
                setGarment(NEW_GARMENT);
                setSearch({ garment: '', compared: '' });
              }}
            >
              {t.reset}
            </button>
          </>
        }
      >
        <Async query={reference.query} height={720}>
          {() => (
            <GarmentForm
              garment={garment}
              reference={reference}
              errorAt={errorAt}
              mayBeUnknown
              change={(changes) => setGarment((before) => ({ ...before, ...changes }))}
            />
          )}
        </Async>
      </Card>
      {isOpen(query) ? (
        <EstimateCard estimate={estimate} invalid={t.invalid} />
      ) : (
        <>
          <Result query={query} simulation={simulation} />
          {simulation.data && !simulation.error && !simulation.stale && <Explained query={query} />}
        </>
      )}
    </Grid>
  );
}
