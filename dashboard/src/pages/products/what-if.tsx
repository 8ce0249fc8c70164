import type { Simulation } from '@ecobalyse/schema';
import { useState } from 'preact/hooks';
import { useQuery } from '../../api/use-query.js';
import { CostComparison } from '../../garment/cost-comparison.js';
import { useFieldErrors } from '../../garment/field-errors.js';
import { fromQuery, type GarmentQuery, toQuery } from '../../garment/garment.js';
import { GarmentForm } from '../../garment/garment-form.js';
import { useReference } from '../../garment/use-reference.js';
import { useSimulation } from '../../garment/use-simulation.js';
import { useTexts } from '../../i18n/texts.js';
import { Link } from '../../router.js';
import { Card } from '../../ui/page.js';
import { Async, ErrorState, Skeleton } from '../../ui/states.js';
import { productMessages } from './product-messages.js';

const CHART_HEIGHT = 400;

const costsOf = (simulation: Simulation) => Object.fromEntries(simulation.stages.map(({ stage, ecs }) => [stage, ecs]));

/** The product's own description to change, with what that does to its cost. Stores nothing. */
export function WhatIf({ original }: { original: GarmentQuery }) {
  const { t, f } = useTexts(productMessages);
  const reference = useReference();
  const [unchanged] = useState(() => fromQuery(original));
  const [garment, setGarment] = useState(unchanged);
  const before = useQuery('POST /simulate', { body: toQuery(unchanged) });
  const { query, simulation } = useSimulation(garment);
  const { errorAt, general } = useFieldErrors(simulation.error);
  const difference = before.data && simulation.data ? simulation.data.ecs - before.data.ecs : 0;
  const sign = difference > 0 ? '+' : '−';
  const failed = [before.error, simulation.error].find((error) => error && error.kind !== 'invalid');
  return (
    <Card
      title={t.whatIf}
      hint={t.whatIfHint}
      actions={
        <>
          <button type="button" class="link-button" onClick={() => setGarment(unchanged)}>
            {t.reset}
          </button>
          <Link to={`/score?garment=${encodeURIComponent(JSON.stringify(query))}`} class="link-button">
            {t.openInScore}
          </Link>
        </>
      }
    >
      <div class="two-columns">
        <Async query={reference.query} height={720}>
          {() => (
            <GarmentForm
              garment={garment}
              reference={reference}
              errorAt={errorAt}
              change={(changes) => setGarment((current) => ({ ...current, ...changes }))}
            />
          )}
        </Async>
        <div class="what-if-result">
          <div class="result-figure" aria-live="polite">
            {failed ? (
              <ErrorState error={failed} onRetry={simulation.retry} />
            ) : simulation.error ? (
              <p class="notice bad">{general ?? t.invalid}</p>
            ) : before.data && simulation.data ? (
              <>
                <p class={simulation.stale ? 'big-figure stale' : 'big-figure'}>{f.points(simulation.data.ecs)}</p>
                {difference === 0 ? (
                  <p class="soft">{t.unchanged}</p>
                ) : (
                  <p class={difference < 0 ? 'better' : 'worse'}>
                    {t.change(
                      `${sign}${f.points(Math.abs(difference))}`,
                      `${sign}${f.percent(Math.abs(difference) / before.data.ecs, 1)}`,
                    )}
                  </p>
                )}
              </>
            ) : (
              <Skeleton height={96} />
            )}
          </div>
          {before.data && simulation.data ? (
            <CostComparison
              height={CHART_HEIGHT}
              one={{ name: t.after, costs: costsOf(simulation.data) }}
              other={{ name: t.before, costs: costsOf(before.data) }}
            />
          ) : (
            <Skeleton height={CHART_HEIGHT + 28} />
          )}
        </div>
      </div>
    </Card>
  );
}
