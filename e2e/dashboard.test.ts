import { afterAll, beforeAll, describe, vi } from 'vitest';
import { flowSpecs } from './dashboard/flows.js';
import { looksSpecs } from './dashboard/looks.js';
import { shellSpecs } from './dashboard/shell.js';
import { type DashboardStack, startDashboardStack } from './dashboard/stack.js';
import { awaySpecs, freshSpecs } from './dashboard/states.js';

// Side by side: a page waits for the network and the disk as much as it computes. On a busy machine that takes a while.
vi.setConfig({ testTimeout: 120_000, maxConcurrency: 2 });

let stack: DashboardStack;

beforeAll(async () => {
  stack = await startDashboardStack();
}, 180_000);
afterAll(() => stack?.close());

const running = () => stack;
// It is empty before it is full.
describe('the dashboard', { shuffle: false }, () => {
  describe('without products', () => freshSpecs(running));
  describe('with products, statistics and a model', () => {
    beforeAll(() => stack.fill(), 240_000);
    describe.concurrent('side by side', () => {
      looksSpecs(running);
      flowSpecs(running);
      shellSpecs(running);
      awaySpecs(running);
    });
  });
});
