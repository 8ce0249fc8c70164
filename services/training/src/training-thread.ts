import { parentPort, workerData } from 'node:worker_threads';
import {
  garmentFromQuery,
  type ModelBundle,
  type PromotionPolicy,
  type Sample,
  type TrainingOutcome,
  type TrainingProgress,
  trainModels,
} from '@ecobalyse/impact-models';
import type { TrainingRow } from '@ecobalyse/store';

/** What the thread is started with. */
export interface TrainingWork {
  rows: readonly TrainingRow[];
  seed: number;
  effort: number;
  folds: number | undefined;
  incumbent: ModelBundle | null;
  policy: PromotionPolicy;
}

/** What the thread says. */
export type TrainingMessage =
  | { kind: 'progress'; progress: TrainingProgress }
  | { kind: 'outcome'; outcome: TrainingOutcome };

const say = (message: TrainingMessage) => parentPort?.postMessage(message);

const { rows, seed, effort, folds, incumbent, policy } = workerData as TrainingWork;
const samples = rows.map(
  ({ contentHash, query, ecs }): Sample => ({ id: contentHash, garment: garmentFromQuery(query), cost: ecs }),
);
const outcome = await trainModels(samples, {
  seed,
  effort,
  incumbent,
  policy,
  ...(folds !== undefined && { crossValidation: folds }),
  onProgress: (progress) => say({ kind: 'progress', progress }),
});
say({ kind: 'outcome', outcome });
