import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openJournal } from './journal.js';

const DAY_MS = 86_400_000;

it('knows the last declaration of a barcode number with other content until it is 90 days old', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'journal-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'journal.ndjson');
  const at = '2026-06-01T00:00:00.000Z';
  const entry = { at, reference: 'A', gtins: ['96385074'], content: 'one', status: 201, answer: '', portal: 'here' };
  await writeFile(file, `${JSON.stringify(entry)}\n`);
  const journal = await openJournal(file, 'here');
  const recent = (afterMs: number, content = 'two') =>
    journal.recent(['96385074'], content, Date.parse(at) + afterMs)?.reference;
  expect([recent(90 * DAY_MS - 1), recent(90 * DAY_MS), recent(0, 'one')]).toEqual(['A', undefined, undefined]);
});
