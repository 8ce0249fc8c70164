import { type EcobalyseClient, UpstreamUnreachableError } from '@ecobalyse/ecobalyse-client';
import {
  type AnswerFacts,
  answerFacts,
  BUNDLE_FORMAT,
  DESIGN_VERSION,
  FACT_FIELDS,
  garmentFromQuery,
  hyperparametersOf,
  importancePlot,
  MIN_SAMPLES,
  type ModelBundle,
  plottedPoints,
  predictedPlot,
  readBundle,
  residualPlot,
  type TrainingOutcome,
  type TrainingProgress,
} from '@ecobalyse/impact-models';
import type { TaskContext } from '@ecobalyse/pipeline';
import { type DetailedSimulation, MODEL_FAMILIES, type ModelFamily, type TaskResult } from '@ecobalyse/schema';
import type { Logger } from '@ecobalyse/service-kit';
import { readTrainingRows, referenceVersion, type Store, type TrainingRow } from '@ecobalyse/store';
import { type MetricPoint, PRODUCTION_ALIAS, type TrackedRun, type Tracker } from '@ecobalyse/tracking';
import { answeredGarments } from './designed-garments.js';
import { fingerprintOf } from './fingerprint.js';
import { MODEL_ARTIFACT, modelFolder } from './mlflow-model.js';
import { sourceTags } from './source-tags.js';
import { trainInThread } from './train-in-thread.js';
import type { LearntRow } from './training-thread.js';

/** What the task works with. */
export interface TrainingResources {
  store: Store;
  tracker: Tracker;
  upstream: Pick<EcobalyseClient, 'methodVersion' | 'simulateManyDetailed'>;
  upstreamUrl: string;
  /** Drawn garments to learn from. */
  designSize: number;
  logger: Pick<Logger, 'warn'>;
  seed: number;
  effort: number;
  /** Share by which a new model has to be better than the production model. */
  minImprovement: number;
  /** The commit that this image was built from. */
  revision: string | undefined;
}

const FINGERPRINT_TAG = 'data.fingerprint';
const JOB_TAG = 'job';
/** Runs under way that are looked through for one that this job left behind. */
const MAX_OPEN_RUNS = 50;
const PROGRESS_EVERY_MS = 1000;
/** Steps of a family in the progress of the task. */
const FAMILY_STEPS = 100;

/** Whether a query can be learnt from: one document that cannot must not keep the others from it. */
function isGarment(query: TrainingRow['query']): boolean {
  try {
    garmentFromQuery(query);
    return true;
  } catch {
    return false;
  }
}

/**
 * The drawn garments; none when upstream cannot be asked about all of them, for that is better than no model, or is of another
 * version of the method than the products.
 */
async function drawnRows(
  context: Pick<TaskContext, 'signal' | 'log'>,
  resources: TrainingResources,
  version: string | null,
): Promise<LearntRow[]> {
  const { logger, designSize, upstream } = resources;
  const failed = (err: unknown) => logger.warn({ err }, 'could not report progress');
  try {
    const now = designSize > 0 ? await upstream.methodVersion(context.signal) : version;
    if (version !== null && now !== null && now !== version) {
      await context.log(
        `upstream has version ${now} of the method: models learn from the stored products alone, by ${version}`,
      );
      return [];
    }
    const garments = await answeredGarments(
      { ...resources, size: designSize },
      (done, planned) => void context.log(`upstream answered ${done} of ${planned} drawn garments`).catch(failed),
      context.signal,
    );
    return garments.map(({ _id, query, ecs, facts, set }) => ({
      contentHash: _id,
      query,
      ecs: ecs as number,
      facts: facts as AnswerFacts | null,
      set,
    }));
  } catch (error) {
    if (!(error instanceof UpstreamUnreachableError)) throw error;
    await context.log(`upstream cannot be asked, models learn from the stored products alone: ${error.message}`);
    return [];
  }
}

const skipped = (reason: string): TaskResult<'train'> => ({
  skipped: true,
  reason,
  family: null,
  version: null,
  promoted: false,
  metrics: {},
});

/** Reports progress to the task at most once a second, and collects the curves. */
function progressReporter(context: Pick<TaskContext, 'progress' | 'log'>, logger: TrainingResources['logger']) {
  const curves: MetricPoint[] = [];
  const failed = (err: unknown) => logger.warn({ err }, 'could not report progress');
  let last = 0;
  let family: ModelFamily | null = null;
  return {
    curves,
    report(progress: TrainingProgress) {
      const position = MODEL_FAMILIES.indexOf(progress.family);
      if (progress.loss !== undefined)
        curves.push({ key: `${progress.family}.loss`, value: progress.loss, step: progress.done });
      if (progress.family !== family) {
        family = progress.family;
        context.log(`training ${family}`).catch(failed);
      }
      if (Date.now() - last < PROGRESS_EVERY_MS) return;
      last = Date.now();
      const done = position * FAMILY_STEPS + Math.floor((FAMILY_STEPS * progress.done) / progress.planned);
      context.progress(done, MODEL_FAMILIES.length * FAMILY_STEPS).catch(failed);
    },
  };
}

/** The production model; null when there is none, or none that can still be read. */
async function incumbentModel({ tracker, logger }: TrainingResources): Promise<ModelBundle | null> {
  const version = await tracker.findAlias(PRODUCTION_ALIAS);
  if (!version) return null;
  const bytes = await tracker.readArtifact(version.runId, version.artifactPath);
  try {
    return readBundle(bytes);
  } catch (err) {
    logger.warn({ err, version: version.version }, 'the production model cannot be read: any sound model replaces it');
    return null;
  }
}

/** Numbers of a family, named as in the run. */
function metricsOf(outcome: TrainingOutcome): Record<string, number> {
  return Object.fromEntries(
    outcome.reports.flatMap(({ family, metrics, coverage, error, widthRank, interpolation, strata, seconds }) => [
      ...Object.entries({ ...metrics, coverage, error, widthRank, seconds }).map(([name, value]) => [
        `${family}.${name}`,
        value,
      ]),
      ...Object.entries(interpolation ?? {}).map(([name, value]) => [`${family}.interpolation.${name}`, value]),
      ...strata.flatMap(({ stratum, medianApe, p95Ape, coverage: covered }) =>
        Object.entries({ medianApe, p95Ape, coverage: covered }).map(([name, value]) => [
          `${family}.${stratum.replaceAll(',', '')}.${name}`,
          value,
        ]),
      ),
    ]),
  );
}

/** Stores everything about an outcome in the run. */
async function record(
  run: TrackedRun,
  outcome: TrainingOutcome,
  rows: readonly Pick<TrainingRow, 'methodVersion'>[],
  drawn: number,
  curves: MetricPoint[],
) {
  const { best, reports, importance, counts, decision, crossValidation, seed, test, backend } = outcome;
  await run.logParameters({
    seed,
    family: best.family,
    'data.count': rows.length,
    'data.drawn': drawn,
    'design.version': DESIGN_VERSION,
    'data.methodVersions': [...new Set(rows.map(({ methodVersion }) => methodVersion ?? 'unknown'))].sort().join(', '),
    'split.train': counts.train,
    'split.calibration': counts.calibration,
    'split.test': counts.test,
    'interval.level': best.conformal.level,
    'code.modelFormat': BUNDLE_FORMAT,
    ...(backend && { 'tensorflow.backend': backend.name }),
    ...Object.fromEntries(
      reports.flatMap(({ family }) =>
        Object.entries(hyperparametersOf(family)).map(([name, value]) => [`${family}.${name}`, value]),
      ),
    ),
  });
  await run.logMetrics([
    ...curves,
    ...Object.entries(metricsOf(outcome)).map(([key, value]) => ({ key, value, step: 0 })),
    ...Object.entries(crossValidation ?? {}).map(([name, value]) => ({ key: `folds.${name}`, value, step: 0 })),
  ]);
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const artifacts: [path: string, content: Buffer, contentType: string][] = [
    [
      'evaluation.json',
      json({
        reports,
        importance,
        counts,
        decision,
        crossValidation,
        interval: { level: best.conformal.level, multiple: best.conformal.multiple },
        test: plottedPoints(test),
      }),
      'application/json',
    ],
    ['features.json', json(best.spec), 'application/json'],
    ['plots/predicted.svg', Buffer.from(predictedPlot(test)), 'image/svg+xml'],
    ['plots/residuals.svg', Buffer.from(residualPlot(test)), 'image/svg+xml'],
    ['plots/importance.svg', Buffer.from(importancePlot(importance)), 'image/svg+xml'],
    ...(await modelFolder(best, run.runId)),
  ];
  for (const [path, content, contentType] of artifacts) await run.logArtifact(path, content, contentType);
}

/**
 * The task `train`: trains on the stored products, records the run, registers the best model and maybe promotes it.
 *
 * @param learn - what trains.
 */
export async function train(
  context: Pick<TaskContext, 'payload' | 'job' | 'signal' | 'progress' | 'log'>,
  resources: TrainingResources,
  learn = trainInThread,
): Promise<TaskResult<'train'>> {
  const { store, tracker, logger, seed, effort, minImprovement, revision } = resources;
  const { parameters } = context.payload;
  const [{ rows: all, withoutQuery }, { version: ofAll }] = await Promise.all([
    readTrainingRows(store, FACT_FIELDS),
    referenceVersion(store),
  ]);
  const stored = all.filter(({ methodVersion }) => methodVersion === null || methodVersion === ofAll);
  if (stored.length < all.length)
    await context.log(
      `${all.length - stored.length} products left out: they are by another version of the method than ${ofAll}`,
    );
  const products = stored
    .filter(({ query }) => isGarment(query))
    .map(({ answer, ...row }) => ({ ...row, facts: answerFacts(answer as DetailedSimulation) }));
  const drawn = await drawnRows(context, resources, ofAll);
  const rows: LearntRow[] = [...products, ...drawn];
  const leftOut = withoutQuery + stored.length - products.length;
  if (leftOut > 0)
    await context.log(`${leftOut} products left out: they do not say what was asked, with mass and materials`);
  if (products.length < MIN_SAMPLES)
    return skipped(
      `${products.length} distinct products are stored, and a model needs ${MIN_SAMPLES}: extract more first`,
    );

  const source = await sourceTags(revision);
  const fingerprint = fingerprintOf(rows, resources, JSON.stringify(source));
  const [last] = await tracker.listRuns('FINISHED', 1);
  const unchanged = last?.tags[FINGERPRINT_TAG] === fingerprint;
  if (unchanged && !parameters.force && (await tracker.findAlias(PRODUCTION_ALIAS)))
    return skipped(
      `the ${products.length} distinct products, the design and the code have not changed since ${last.startedAt.toISOString()}`,
    );

  const jobId = context.job.id ?? context.payload.runId;
  for (const open of await tracker.listRuns('RUNNING', MAX_OPEN_RUNS))
    if (open.tags[JOB_TAG] === jobId) await tracker.endRun(open.runId, 'KILLED');

  const incumbent = await incumbentModel(resources);
  const run = await tracker.startRun({
    name: `training ${new Date().toISOString()}`,
    tags: {
      [FINGERPRINT_TAG]: fingerprint,
      'mlflow.user': 'training service',
      [JOB_TAG]: jobId,
      pipelineRun: context.payload.runId,
      ...source,
    },
  });
  const { report, curves } = progressReporter(context, logger);
  try {
    const work = { rows, seed, effort, folds: parameters.folds, incumbent, policy: { minImprovement } };
    const outcome = await learn(work, report, context.signal);
    const { best, decision, reports, backend } = outcome;
    if (backend)
      await context.log(
        `TensorFlow.js backend: ${backend.name}${backend.reason === null ? '' : ` (${backend.reason})`}`,
      );
    await record(run, outcome, products, drawn.length, curves);
    await run.logDataset({
      name: 'garments',
      digest: fingerprint,
      source: resources.upstreamUrl,
      profile: { products: products.length, drawn: drawn.length, design: DESIGN_VERSION },
    });
    const { metrics, coverage, error, widthRank, interpolation } = reports.find(
      ({ family }) => family === best.family,
    ) as (typeof reports)[number];
    const summary = {
      ...metrics,
      coverage,
      error,
      widthRank,
      ...(interpolation && { 'interpolation.rmse': interpolation.rmse, 'interpolation.r2': interpolation.r2 }),
    };
    context.signal.throwIfAborted();
    const version = await tracker.registerVersion({
      runId: run.runId,
      artifactPath: MODEL_ARTIFACT,
      description: decision.reason,
      tags: {
        family: best.family,
        trainedAt: best.trainedAt,
        metrics: JSON.stringify(summary),
        methodVersion: ofAll ?? 'unknown',
        ...(backend && { backend: backend.name }),
      },
    });
    if (decision.promote) await tracker.setAlias(PRODUCTION_ALIAS, version);
    await run.end('FINISHED');
    await context.log(`version ${version} (${best.family}): ${decision.reason}`);
    return {
      skipped: false,
      reason: decision.reason,
      family: best.family,
      version,
      promoted: decision.promote,
      metrics: summary,
    };
  } catch (error) {
    await run
      .end(context.signal.aborted ? 'KILLED' : 'FAILED')
      .catch((err: unknown) => logger.warn({ err }, 'could not end the run'));
    throw error;
  }
}
