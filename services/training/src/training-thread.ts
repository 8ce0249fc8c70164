import { parentPort, workerData } from 'node:worker_threads';
import {
  type AnswerFacts,
  garmentFromQuery,
  LEARNT_SET,
  type ModelBundle,
  type PromotionPolicy,
  type Sample,
  type TrainingOutcome,
  type TrainingProgress,
  trainModels,
} from '@ecobalyse/impact-models';
/** A garment that can be learnt from; `set` as in a {@link Sample}. */
export interface LearntRow {
  contentHash: string;
  query: Record<string, unknown>;
  ecs: number;
  facts: AnswerFacts | null;
  set?: string | undefined;
}

/** What the thread is started with. */
export interface TrainingWork {
  rows: readonly LearntRow[];
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
  ({ contentHash, query, ecs, ...row }): Sample => ({
    id: contentHash,
    garment: garmentFromQuery(query),
    cost: ecs,
    ...row,
  }),
);
const isJudged = ({ set }: Sample) => set !== undefined && set !== LEARNT_SET;
trainModels(
  samples.filter((sample) => !isJudged(sample)),
  {
    suite: samples.filter(isJudged),
    seed,
    effort,
    incumbent,
    policy,
    ...(folds !== undefined && { crossValidation: folds }),
    onProgress: (progress) => say({ kind: 'progress', progress }),
  },
).then((outcome) => say({ kind: 'outcome', outcome }));
