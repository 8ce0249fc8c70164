import { RETENTION_KINDS, type RetentionKind, type RetentionOutcome } from '@ecobalyse/schema';
import type { Settings } from '@ecobalyse/service-kit';
import { keepDoing } from '@ecobalyse/service-parts';
import { applyRetention, type RetentionPolicies } from '@ecobalyse/store';
import type { FastifyInstance } from 'fastify';
import type { ApiDependencies } from './dependencies.js';

const EVERY_MS = 600_000;

export const RETENTION_SETTINGS = [
  'RUN_KEEP_DAYS',
  'RUN_KEEP_NEWEST',
  'PRODUCT_JOB_KEEP_DAYS',
  'MODEL_KEEP_DAYS',
  'MODEL_KEEP_NEWEST',
  'VERSION_KEEP_DAYS',
] as const;

/** The table of what is kept, and how long. */
export const retentionPolicies = (
  settings: Settings<(typeof RETENTION_SETTINGS)[number] | 'MLFLOW_TRACKING_URI'>,
): RetentionPolicies => ({
  runs: { days: settings.RUN_KEEP_DAYS || null, newest: settings.RUN_KEEP_NEWEST, most: null },
  jobs: { days: settings.PRODUCT_JOB_KEEP_DAYS, newest: 0, most: 200 },
  ...(settings.MLFLOW_TRACKING_URI === undefined && {
    models: { days: settings.MODEL_KEEP_DAYS || null, newest: settings.MODEL_KEEP_NEWEST, most: null },
  }),
  versions: { days: settings.VERSION_KEEP_DAYS || null, newest: 0, most: null },
});

type Needs = Pick<ApiDependencies, 'store' | 'cache' | 'logger' | 'retention'>;

/**
 * Removes of each kind what its policy lets go, within the bounds of one pass, and logs how much.
 *
 * @param options - `signal` ends it between two batches; `failed` is told of a kind that fails, which else ends it.
 */
export async function removeExpired(
  { store, cache, logger, retention = {} }: Needs,
  { signal, failed }: { signal?: AbortSignal; failed?: (err: unknown, kind: RetentionKind) => void } = {},
): Promise<RetentionOutcome> {
  const outcomes: RetentionOutcome = [];
  for (const kind of RETENTION_KINDS) {
    const policy = retention[kind];
    if (!policy) continue;
    try {
      const outcome = await applyRetention(store, cache, [kind, policy], signal && { signal });
      if (outcome.removed > 0) logger.info(outcome, 'removed what was kept long enough');
      outcomes.push(outcome);
    } catch (err) {
      if (!failed) throw err;
      failed(err, kind);
    }
  }
  return outcomes;
}

/** Does so now and then while the service listens. */
export function keepRemovingExpired(app: Pick<FastifyInstance, 'addHook'>, needs: Needs): void {
  const failed = (err: unknown, kind: RetentionKind) =>
    needs.logger.warn({ err, kind }, 'what was kept long enough could not be removed; tried again');
  keepDoing(app, (signal) => removeExpired(needs, { signal, failed }), EVERY_MS);
}
