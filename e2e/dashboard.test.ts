import { afterAll, beforeAll, vi } from 'vitest';
import { analysisSpecs } from './dashboard/analysis.js';
import { modelsSpecs } from './dashboard/models.js';
import { overviewSpecs } from './dashboard/overview.js';
import { pipelinesSpecs } from './dashboard/pipelines.js';
import { productsSpecs } from './dashboard/products.js';
import { scoreSpecs } from './dashboard/score.js';
import { shellSpecs } from './dashboard/shell.js';
import { type DashboardStack, startDashboardStack } from './dashboard/stack.js';
import { statisticsSpecs } from './dashboard/statistics.js';

// Many pages are looked at four times each; on a busy machine that takes a while.
vi.setConfig({ testTimeout: 120_000 });

let stack: DashboardStack;

beforeAll(async () => {
  stack = await startDashboardStack();
}, 180_000);
afterAll(() => stack?.close());

const running = () => stack;
overviewSpecs(running);
productsSpecs(running);
scoreSpecs(running);
analysisSpecs(running);
// They train a second version, which the models' specs promote.
pipelinesSpecs(running);
modelsSpecs(running);
statisticsSpecs(running);
// Last: it stops the API for a moment.
shellSpecs(running);
