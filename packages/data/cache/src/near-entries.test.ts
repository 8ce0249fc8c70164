import { expect, it } from 'vitest';
import { openNearEntries } from './near-entries.js';

const entry = (bytes: number) => ({ answer: { body: Buffer.alloc(bytes), etag: '""' }, versions: 'v', expiresAt: 1 });

it('lets go of what was used least recently, whenever it came', () => {
  const near = openNearEntries(1600);
  const keys = Array.from({ length: 16 }, (_, index) => `k${index}`);
  for (const key of keys) near.set(key, entry(100));
  expect(near.get('k0')).toBeDefined();
  near.set('k2', entry(100));
  near.set('new', entry(100));
  near.set('newer', entry(100));
  expect(keys.filter((key) => !near.get(key))).toEqual(['k1', 'k3']);
  expect(near.get('newer')).toBeDefined();
});

it('does not keep what would push out most others', () => {
  const near = openNearEntries(1600);
  near.set('small', entry(100));
  near.set('large', entry(101));
  expect(near.get('large')).toBeUndefined();
  expect(near.get('small')).toBeDefined();
});
