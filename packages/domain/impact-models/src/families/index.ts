import type { ModelFamily } from '@ecobalyse/schema';
import { stageRidge } from '../stage-ridge/stage-ridge.js';
import type { Family } from './family.js';
import { meanBaseline } from './mean-baseline.js';
import { neuralNetwork } from './neural-network.js';
import { ridge } from './ridge.js';
import { boostedTrees, randomForest } from './tree-ensemble.js';

/** Every family of models, by name. */
export const FAMILIES: Readonly<Record<ModelFamily, Family<never>>> = {
  'mean-baseline': meanBaseline,
  ridge,
  'stage-ridge': stageRidge,
  'random-forest': randomForest,
  'boosted-trees': boostedTrees,
  'neural-network': neuralNetwork,
} as Readonly<Record<ModelFamily, Family<never>>>;
