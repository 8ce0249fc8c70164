import { expect, it } from 'vitest';
import { laterFirst } from './method-versions.js';

it.each([
  [
    ['8.9.0', '7.12.3', '8.10.0', '7.9.9', '10.0.0'],
    ['10.0.0', '8.10.0', '8.9.0', '7.12.3', '7.9.9'],
  ],
  [
    ['v9.1.0', 'v10.0.0', 'v9.1.10'],
    ['v10.0.0', 'v9.1.10', 'v9.1.0'],
  ],
])('versions %j are by their numbers, the latest first', (versions, ordered) => {
  expect(versions.toSorted(laterFirst)).toEqual(ordered);
});
