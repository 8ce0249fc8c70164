import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.js';

describe('pauses between tries', () => {
  it('grow to 15 s, and are short again after a success', () => {
    const backoff = new Backoff();
    const six = () => Array.from({ length: 6 }, () => backoff.next());
    expect(six()).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000]);
    backoff.reset();
    expect(six()).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000]);
  });

  it('of two sources are counted apart', () => {
    const [one, other] = [new Backoff(), new Backoff()];
    one.next();
    expect([one.next(), other.next()]).toEqual([2000, 1000]);
  });
});
