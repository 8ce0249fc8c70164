import { QUEUES } from '@ecobalyse/pipeline';
import {
  afterFirstExtraction,
  mlflowProbe,
  openUpstream,
  runWorker,
  UPSTREAM_SETTINGS,
} from '@ecobalyse/service-parts';
import { openTracker } from '@ecobalyse/tracking';
import { train } from './train-task.js';

const SETTINGS = [
  ...UPSTREAM_SETTINGS,
  'MLFLOW_TRACKING_URI',
  'TRAINING_SEED',
  'TRAINING_EFFORT',
  'TRAINING_DESIGN',
  'TRAINING_MIN_IMPROVEMENT',
  'SOURCE_REVISION',
] as const;

runWorker('training', SETTINGS, (worker) => {
  const { settings, store, logger, onConnectionError } = worker;
  const upstream = openUpstream(settings, onConnectionError);
  const resources = {
    store,
    tracker: openTracker(settings.MLFLOW_TRACKING_URI, store),
    upstream,
    upstreamUrl: settings.ECOBALYSE_API_URL,
    logger,
    designSize: settings.TRAINING_DESIGN,
    seed: settings.TRAINING_SEED,
    effort: settings.TRAINING_EFFORT,
    minImprovement: settings.TRAINING_MIN_IMPROVEMENT,
    revision: settings.SOURCE_REVISION,
  };
  return {
    workers: {
      training: worker.startTasks(QUEUES.training, {
        train: afterFirstExtraction(store, (context) => train(context, resources)),
      }),
    },
    useful: mlflowProbe(settings),
    stop: [['upstream client', async () => upstream.close()]],
  };
});
