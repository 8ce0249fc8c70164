import { afterAll, beforeAll, describe, vi } from 'vitest';
import { analysisSpecs } from './dashboard/analysis.js';
import { looksSpecs } from './dashboard/looks.js';
import { modelsSpecs } from './dashboard/models.js';
import { overviewSpecs } from './dashboard/overview.js';
import { pipelinesSpecs } from './dashboard/pipelines.js';
import { productsSpecs } from './dashboard/products.js';
import { scoreSpecs } from './dashboard/score.js';
import { shellSpecs } from './dashboard/shell.js';
import { type DashboardStack, startDashboardStack } from './dashboard/stack.js';
import { failureSpecs, freshSpecs, notComputedSpecs } from './dashboard/states.js';
import { statisticsSpecs } from './dashboard/statistics.js';

// Many pages are looked at four times each; on a busy machine that takes a while.
vi.setConfig({ testTimeout: 120_000 });

let stack: DashboardStack;

beforeAll(async () => {
  stack = await startDashboardStack();
}, 180_000);
afterAll(() => stack?.close());

const running = () => stack;
freshSpecs(running);
describe('with products', () => {
  beforeAll(() => stack.extract(), 120_000);
  notComputedSpecs(running);

  describe('with statistics and a model', () => {
    beforeAll(() => stack.compute(), 120_000);
    overviewSpecs(running);
    productsSpecs(running);
    scoreSpecs(running);
    analysisSpecs(running);
    // They train a second version, which the models' specs promote.
    pipelinesSpecs(running);
    modelsSpecs(running);
    statisticsSpecs(running);
    looksSpecs(running);
    shellSpecs(running);
    // Last: they take parts of the platform away for a moment.
    failureSpecs(running);
  });
});
