// Models of the environmental cost of garments: see README.md.
export { type AnswerFacts, answerFacts, FACT_FIELDS } from './answer-facts.js';
export { CORE_FIELDS, missingFields } from './completions.js';
export { DESIGN_VERSION, type DesignedQuery, type DesignSize, designedQueries, LEARNT_SET, STRATA } from './design.js';
export { type Arrivals, DRIFT_LEAST, DRIFT_WINDOW, driftsFrom, isDrifting } from './drift.js';
export { type Estimator, openEstimator } from './estimator.js';
export type { Sample } from './families/family.js';
export { composition, type Garment, garmentFromQuery, garmentFromRequest, type WholeGarment } from './garment.js';
export { judge, type StratumReport } from './judgement.js';
export {
  BUNDLE_FORMAT,
  hyperparametersOf,
  loadModel,
  type ModelBundle,
  readBundle,
  UnreadableModelError,
  writeBundle,
} from './model-bundle.js';
export { importancePlot, plottedPoints, predictedPlot, residualPlot } from './plots.js';
export { type Answer, openPredictor, type Predictor } from './predictor.js';
export { DEFAULT_POLICY, decidePromotion, type PromotionPolicy } from './promotion.js';
export { DEFAULT_SHARES, splitSamples } from './split.js';
export {
  DEFAULT_SEED,
  type FamilyReport,
  MIN_SAMPLES,
  type TrainingOptions,
  type TrainingOutcome,
  type TrainingProgress,
  trainModels,
} from './train-models.js';
