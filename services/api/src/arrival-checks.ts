import { DRIFT_WINDOW, driftsFrom, garmentFromRequest, isDrifting, missingFields } from '@ecobalyse/impact-models';
import type { ModelChecks } from '@ecobalyse/schema';
import { keepDoing } from '@ecobalyse/service-parts';
import {
  type Arrival,
  addModelChecks,
  findArrivals,
  findCatalogueArrivals,
  findModelWatch,
  listModelChecks,
  noteModelWatch,
  type Store,
  uncheckedOf,
  type Viewer,
  visibleCatalogues,
} from '@ecobalyse/store';
import { modelId } from '@ecobalyse/tracking';
import type { FastifyInstance } from 'fastify';
import type { ApiDependencies } from './dependencies.js';
import type { HostedModel } from './model-host.js';

const EVERY_MS = 30_000;
/** Products of one look, the last that arrived: together they take a few hundredths of a second, each half a minute. */
const MOST_AT_ONCE = 50;
/** What was being stored during the look before has arrived by now. */
const OVERLAP_MS = 60_000;

type Needs = Pick<ApiDependencies, 'store' | 'models' | 'logger'>;

/** What the model predicts of a product beside what it costs; nothing of one that is not described in full, whose cost is by the method's defaults. */
function checkOf({ check }: HostedModel, { query, ecs, ...product }: Arrival) {
  if (missingFields(garmentFromRequest(query)).length > 0) return [];
  const answer = check(query);
  if (!answer) return [];
  const { prediction_impact: prediction, interval } = answer.prediction;
  return [{ ...product, ecs, prediction, inside: interval.low <= ecs && ecs <= interval.high }];
}

/** Looks at what arrived; gives a look, which is taken again and again. */
export function openArrivalChecks({ store, models }: Needs) {
  let seen = { version: 0, until: 0 };

  /** Checks the model that predicts by the products that arrived last, each once whichever process comes first. */
  return async function look(now = Date.now()): Promise<void> {
    const model = await models.current();
    if (!model) return;
    const { version, trainedAt, methodVersion } = model;
    const isNew = seen.version !== version;
    const since = new Date(Math.max(trainedAt.getTime(), isNew ? 0 : seen.until - OVERLAP_MS));
    const [documents, ofCatalogues] = await Promise.all([
      findArrivals(store, since, methodVersion, MOST_AT_ONCE),
      // Those of a file bear the time at which it came, however late they are scored.
      findCatalogueArrivals(store, trainedAt, methodVersion, MOST_AT_ONCE),
    ]);
    // Products of several catalogues may be described alike.
    const arrivals = new Map([...documents, ...ofCatalogues].map((arrival) => [arrival.md5_id, arrival]));
    const checks = (await uncheckedOf(store, modelId(version), [...arrivals.values()]))
      .sort((a, b) => b.at.getTime() - a.at.getTime())
      .slice(0, MOST_AT_ONCE)
      .flatMap((arrival) => checkOf(model, arrival));
    await addModelChecks(store, modelId(version), checks, DRIFT_WINDOW);
    if (isNew || checks.length > 0) await judge(store, model, now);
    seen = { version, until: now };
  };
}

/** Notes whether more products lie outside of the intervals of the model than luck explains. */
async function judge(store: Store, { version, level }: HostedModel, now: number): Promise<void> {
  const _id = modelId(version);
  const [checks, before] = await Promise.all([listModelChecks(store, _id), findModelWatch(store, _id)]);
  const found = { checked: checks.length, outside: checks.filter(({ inside }) => !inside).length };
  const drifts = isDrifting(found, level, before?.drifts);
  await noteModelWatch(store, { _id, version, level, ...found, drifts }, new Date(now));
}

/** Does so while the service listens. */
export function keepCheckingArrivals(app: Pick<FastifyInstance, 'addHook'>, needs: Needs): void {
  const look = openArrivalChecks(needs);
  const failed = (err: unknown) => needs.logger.debug({ err }, 'the model is checked later');
  keepDoing(app, () => look().catch(failed), EVERY_MS);
}

const UNTOLD = { md5_id: null, product_id: null, ecs: null, prediction: null };

/** What the checks of a version say, as its viewer is told it: of products of catalogues that are not his only that they were checked. */
export async function shownChecks(store: Store, viewer: Viewer, version: number): Promise<ModelChecks> {
  const [checks, watch, visible] = await Promise.all([
    listModelChecks(store, modelId(version)),
    findModelWatch(store, modelId(version)),
    visibleCatalogues(store, viewer),
  ]);
  const errors = checks.map(({ ecs, prediction }) => 100 * Math.abs(prediction / ecs - 1)).sort((a, b) => a - b);
  return {
    version,
    level: watch?.level ?? null,
    checked: checks.length,
    outside: checks.filter(({ inside }) => !inside).length,
    drifts_from: watch && driftsFrom(checks.length, watch.level),
    drifts: watch?.drifts ?? false,
    median_error: errors[Math.floor(errors.length / 2)] ?? null,
    items: checks.map(({ _id, model: _, at, catalogue = null, inside, ...told }) => {
      const isTold = catalogue === null || visible.includes(catalogue);
      return { at: at.toISOString(), ...(isTold ? { ...told, catalogue } : { ...UNTOLD, catalogue: null }), inside };
    }),
  };
}
