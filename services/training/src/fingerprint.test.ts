import { expect, it } from 'vitest';
import { fingerprintOf } from './fingerprint.js';

const ROWS = [
  { contentHash: 'aa', ecs: 900 },
  // Drawn garments are named by upstream, method, version of the design and their place in it.
  { contentHash: 'upstream 7.0.0 3 design 0', ecs: 1200 },
];
const HOW = { seed: 42, effort: 1 };
const first = fingerprintOf(ROWS, HOW, 'a commit');

it('is the same for the same data, design and code', () =>
  expect(fingerprintOf([...ROWS], HOW, 'a commit')).toBe(first));

it.each([
  ['a garment more', [...ROWS, { contentHash: 'bb', ecs: 1 }], HOW, 'a commit'],
  ['a garment less', ROWS.slice(1), HOW, 'a commit'],
  ['another cost', [{ contentHash: 'aa', ecs: 901 }, ...ROWS.slice(1)], HOW, 'a commit'],
  ['another design', [...ROWS.slice(0, 1), { contentHash: 'upstream 7.0.0 4 design 0', ecs: 1200 }], HOW, 'a commit'],
  ['another seed', ROWS, { ...HOW, seed: 7 }, 'a commit'],
  ['another effort', ROWS, { ...HOW, effort: 0.5 }, 'a commit'],
  ['other code', ROWS, HOW, 'another commit'],
])('changes with %s', (_what, rows, how, code) => expect(fingerprintOf(rows, how, code)).not.toBe(first));
