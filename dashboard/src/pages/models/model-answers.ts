import type { ModelVersion } from '../../api/answers.js';

/** What one family reached in a training. */
export interface FamilyReport {
  readonly family: string;
  readonly seconds: number;
  readonly metrics: Readonly<Record<'r2' | 'rmse' | 'mae' | 'mape' | 'bias', number>>;
  readonly biasByProduct: Readonly<Record<string, number>>;
  readonly worst: readonly {
    readonly id: string;
    readonly product: string;
    readonly massKg: number;
    readonly cost: number;
    readonly prediction: number;
  }[];
  readonly coverage: number;
  readonly intervalWidth: number;
}

/** What a training found out; `interval` and `test` are absent in versions that were trained before they were kept. */
export interface Evaluation {
  readonly reports: readonly FamilyReport[];
  readonly importance: readonly { readonly field: string; readonly rmseIncrease: number }[];
  readonly counts: Readonly<Record<'train' | 'calibration' | 'test', number>>;
  readonly interval?: { readonly level: number; readonly relativeWidth: number };
  readonly test?: readonly (readonly [cost: number, prediction: number])[];
}

export interface ModelDetails extends ModelVersion {
  readonly evaluation: Evaluation | null;
}

/** The interval of every training so far, for versions that do not say. */
export const USUAL_LEVEL = 0.9;
