import type { ResponseCache } from '@ecobalyse/cache';
import { counter } from '@ecobalyse/telemetry';

const RESULTS = { hits: 'hit', misses: 'miss', errors: 'error' } as const;

let observed: ResponseCache | undefined;

counter({
  name: 'cache_requests_total',
  help: 'Requests of cached answers: found, computed, or computed because Redis did not answer',
  labels: ['result'],
  collect(figure) {
    figure.reset();
    const counts = observed?.counts();
    if (counts) for (const [name, result] of Object.entries(RESULTS)) figure.inc({ result }, counts[name as 'hits']);
  },
});

/** Shows the counts of the process's cache among its metrics. */
export function observeCache(cache: ResponseCache): void {
  observed = cache;
}
