import { expect, it, vi } from 'vitest';
import { bounded, kept } from './kept.js';

it.each([
  [1, ['a']],
  [2, ['a', 'b']],
  [3, ['a', 'b', 'c']],
  [4, ['d']],
  [5, ['d', 'e']],
])('keeps three values of %i that were asked for, each worked out once', (count, left) => {
  const values = new Map<string, string>();
  const workOut = vi.fn((key: string) => `of ${key}`);
  for (const key of [...'abcde'.slice(0, count)]) {
    for (const time of ['first', 'second']) {
      expect(
        kept(values, key, () => workOut(key), 3),
        time,
      ).toBe(`of ${key}`);
    }
  }
  expect([...values.keys()]).toEqual(left);
  expect(workOut).toHaveBeenCalledTimes(count);
});

it('keeps all where no limit is told', () => {
  const values = new Map<number, number>();
  for (let key = 0; key < 2000; key++) kept(values, key, () => key);
  expect(values.size).toBe(2000);
});

it('throws away what is more than the most, and counts anew', () => {
  const clear = vi.fn();
  const lines = bounded(2, clear);
  const cleared = Array.from({ length: 7 }, () => {
    lines.add();
    lines.tidy();
    return clear.mock.calls.length;
  });
  expect(cleared).toEqual([0, 0, 1, 1, 1, 2, 2]);
});

it('throws away by what was told of the size', () => {
  const clear = vi.fn();
  const lines = bounded(30, clear);
  const cleared = [30, 1, 29, 2].map((more) => {
    lines.add(more);
    lines.tidy();
    return clear.mock.calls.length;
  });
  expect(cleared).toEqual([0, 1, 1, 2]);
});
