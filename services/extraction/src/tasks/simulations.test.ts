import { WaitingChildrenError } from 'bullmq';
import { expect, it } from 'vitest';
import type { Resources } from '../resources.js';
import { extractSimulations, groupRefusals } from './simulations.js';

it('groups refusals by the fields that they are for, the most frequent first, each with its first example', () => {
  const refusal = (md5_id: string, ...fields: string[]) => ({
    md5_id,
    product: 'jean',
    country: 'FR',
    scenario: 'regular' as const,
    reasons: Object.fromEntries(fields.map((field) => [field, `bad ${md5_id}`])),
  });
  const [a, b, c, d, e] = [
    refusal('a', 'mass'),
    refusal('b', 'product', 'mass'),
    refusal('c', 'mass', 'product'),
    refusal('d', 'product'),
    refusal('e', 'product', 'mass'),
  ] as const;
  expect(groupRefusals([a, b, c, d, e])).toEqual([
    { count: 3, example: b },
    { count: 1, example: a },
    { count: 1, example: d },
  ]);
  expect(groupRefusals([])).toEqual([]);
});

it.each([
  ['at the pace of an official address', 5, {}, ['7638 simulations at 5 requests a second take 26 minutes or more']],
  ['not where there is no pace', 0, {}, []],
  ['not again when it goes on', 5, { fannedOutAttempt: 0 }, []],
])('says how long it will take before it asks: %s', async (_, requestsPerSecond, data, told) => {
  const lines: string[] = [];
  const context = {
    payload: { parameters: {} },
    job: {
      data,
      id: 'job',
      attemptsMade: 0,
      updateData: async () => undefined,
      moveToWaitingChildren: async () => true,
    },
    progress: async () => undefined,
    childrenValues: async () => [],
    log: async (line: string) => void lines.push(line),
  };
  const batches = { addBulk: async () => expect(lines).toHaveLength(told.length) };
  const resources = { batches, batchSize: 150, upstream: { requestsPerSecond } } as unknown as Resources;
  await expect(extractSimulations(context as never, resources)).rejects.toThrow(WaitingChildrenError);
  expect(lines).toEqual(told.map((line) => `${line}; what has come is kept, whatever stops them`));
});
