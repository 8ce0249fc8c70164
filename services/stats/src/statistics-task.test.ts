import { IMPACT_TYPES, STATISTIC_NAMES, STATISTICS } from '@ecobalyse/schema';
import { expect, it } from 'vitest';
import { notesOn } from './statistics-run.js';
import { progressOfReading } from './statistics-task.js';

it('tells the progress every 10,000 documents, of as many as there are by then', async () => {
  const told: number[][] = [];
  const onRead = progressOfReading(20_500, async (done, planned) => void told.push([done, planned]));
  for (const read of [1, 9999, 10_000, 10_001, 19_999, 20_050, 30_049, 30_050]) await onRead(read);
  expect(told).toEqual([
    [10_000, 20_500],
    [20_050, 20_500],
    [30_050, 30_050],
  ]);
});

const covered = Object.fromEntries(IMPACT_TYPES.map((type) => [type, 1]));
const full = Object.fromEntries(STATISTIC_NAMES.map((name) => [STATISTICS[name].collection, 1]));
const nothing = { skippedDocuments: 0, faults: [] };
const fault = (documents: number) => ({ field: 'daysOfWear', documents, example: 'abc' });

it.each<[string, Parameters<typeof notesOn>, string[]]>([
  ['nothing', [nothing, covered, full], []],
  [
    'impacts that no document covers',
    [nothing, { ...covered, acd: 0, etf_c: 0 }, full],
    ['no document covers acd, etf_c: no statistics of these impacts'],
  ],
  [
    'a document that was skipped',
    [{ ...nothing, skippedDocuments: 1 }, covered, full],
    ['1 document without an identity or a product type skipped'],
  ],
  [
    'documents that were skipped',
    [{ ...nothing, skippedDocuments: 2 }, covered, full],
    ['2 documents without an identity or a product type skipped'],
  ],
  [
    'values that are missing',
    [{ ...nothing, faults: [fault(1), { ...fault(2), field: 'mass' }] }, covered, full],
    [
      'daysOfWear is missing or not as expected in 1 document, such as abc: left out of the statistics of that value',
      'mass is missing or not as expected in 2 documents, such as abc: left out of the statistics of that value',
    ],
  ],
  [
    'statistics without a row',
    [nothing, covered, { ...full, stats_outliers: 0, stats_segments: 0 }],
    ['nothing to tell in outliers, segments: too few documents, or none that differ'],
  ],
])('notes %s', (_, given, notes) => {
  expect(notesOn(...given)).toEqual(notes);
});
