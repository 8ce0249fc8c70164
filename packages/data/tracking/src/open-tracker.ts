import type { Store } from '@ecobalyse/store';
import { openMlflowTracker } from './mlflow-tracker.js';
import { openMongoTracker } from './mongo-tracker.js';
import type { Tracker } from './tracker.js';

/** The tracker on the MLflow server that the settings name, or else in the platform's own database. */
export function openTracker(mlflowUri: string | undefined, store: Store): Tracker {
  return mlflowUri ? openMlflowTracker({ uri: mlflowUri }) : openMongoTracker({ store });
}
