import { openPredictor, type Predictor, readBundle } from '@ecobalyse/impact-models';
import type { Logger } from '@ecobalyse/service-kit';
import { UNKNOWN_VERSION } from '@ecobalyse/store';
import { PRODUCTION_ALIAS, type RegisteredVersion, type Tracker } from '@ecobalyse/tracking';
import { measured, modelInUse, modelNotLoaded } from './model-metrics.js';

/** A version of the model, ready to predict. */
export interface HostedModel {
  version: number;
  trainedAt: Date;
  /** Version of the method that it has learnt; null where that is not told. */
  methodVersion: string | null;
  /** Share of the costs that its intervals promise to hold. */
  level: number;
  predict: Predictor;
  /** The same, for what no client asked for: it is not measured. */
  check: Predictor;
}

/** Keeps the production model at hand. */
export interface ModelHost {
  readonly tracker: Tracker;
  /** The production model; null when none is registered. Rejects only when none is loaded and the registry is away. */
  current(): Promise<HostedModel | null>;
  /** Looks at once whether another version is in production. */
  refresh(): Promise<void>;
  /** Loads a version, without serving it. */
  load(version: RegisteredVersion): Promise<HostedModel>;
}

/**
 * Loads the production model once. While requests come in, it looks every `refreshSeconds` whether the alias has moved,
 * beside the requests: they are answered by the old model until the new one is loaded, and go on to be when it cannot be.
 */
export function openModelHost(options: {
  tracker: Tracker;
  logger: Pick<Logger, 'info' | 'warn'>;
  refreshSeconds: number;
}): ModelHost {
  const { tracker, logger, refreshSeconds } = options;
  let hosted: HostedModel | null = null;
  let looking: Promise<void> | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;

  async function load(version: RegisteredVersion): Promise<HostedModel> {
    const bundle = readBundle(await tracker.readArtifact(version.runId, version.artifactPath));
    const { methodVersion = UNKNOWN_VERSION } = version.tags;
    const check = openPredictor(bundle, version.version);
    return {
      version: version.version,
      trainedAt: new Date(bundle.trainedAt),
      methodVersion: methodVersion === UNKNOWN_VERSION ? null : methodVersion,
      level: bundle.conformal.level,
      predict: measured(check),
      check,
    };
  }

  async function look(): Promise<void> {
    const version = await tracker.findAlias(PRODUCTION_ALIAS);
    if (version?.version === hosted?.version) return;
    hosted = version && (await load(version));
    modelInUse(hosted?.version);
    logger.info({ version: hosted?.version ?? null }, 'production model loaded');
  }

  function refresh(): Promise<void> {
    looking ??= look()
      .catch((error: unknown) => {
        modelNotLoaded();
        throw error;
      })
      .finally(() => {
        looking = null;
        lookedAt = performance.now();
      });
    return looking;
  }

  return {
    tracker,
    load,
    refresh,
    async current() {
      if (!hosted) await refresh();
      else if (performance.now() - lookedAt > refreshSeconds * 1000)
        refresh().catch((err: unknown) => logger.warn({ err }, 'the production model stays: the registry failed'));
      return hosted;
    },
  };
}
