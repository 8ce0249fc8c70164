import type { AnswerFacts } from '../answer-facts.js';
import type { FeatureSpec } from '../feature-spec.js';
import type { WholeGarment } from '../garment.js';
import type { TensorBackend } from './tensor-backend.js';

/** A garment whose cost is known. */
export interface Sample {
  /** Identity of its content: samples that share it stay in one set. */
  readonly id: string;
  readonly garment: WholeGarment;
  /** Environmental cost, in Pts. */
  readonly cost: number;
  /** What upstream said about the stages; null where only the cost is known. */
  readonly facts?: AnswerFacts | null;
  /** Where it comes from: drawn to be learnt from (`design`) or to judge models on (a stratum); absent for the catalogue. */
  readonly set?: string | undefined;
}

export interface TrainOptions {
  readonly seed: number;
  /** How much work is done: 1 in production, less in tests. Trees and epochs scale with it. */
  readonly effort: number;
  /** Called as work goes on; `loss` where there is one to follow. */
  readonly onProgress: (done: number, planned: number, loss?: number) => void;
  /** Called by a family that trains in TensorFlow.js. */
  readonly onBackend: (backend: TensorBackend) => void;
}

/** Predicts the environmental costs of garments, in Pts. */
export type Predict = (garments: readonly WholeGarment[]) => number[];

/** A kind of model. Parameters are plain JSON. */
export interface Family<Parameters> {
  /** What is chosen before training, for the record. */
  readonly hyperparameters: Readonly<Record<string, number | string>>;
  train(samples: readonly Sample[], spec: FeatureSpec, options: TrainOptions): Promise<Parameters>;
  load(spec: FeatureSpec, parameters: Parameters): Predict;
}
