import { QUEUES } from '@ecobalyse/pipeline';
import { afterFirstExtraction, mlflowProbe, runWorker } from '@ecobalyse/service-parts';
import { openTracker } from '@ecobalyse/tracking';
import { train } from './train-task.js';

const SETTINGS = [
  'MLFLOW_TRACKING_URI',
  'TRAINING_SEED',
  'TRAINING_EFFORT',
  'TRAINING_MIN_IMPROVEMENT',
  'SOURCE_REVISION',
] as const;

await runWorker('training', SETTINGS, (worker) => {
  const { settings, store, logger } = worker;
  const resources = {
    store,
    tracker: openTracker(settings.MLFLOW_TRACKING_URI, store),
    logger,
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
  };
});
