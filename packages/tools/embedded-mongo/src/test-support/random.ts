/** Mulberry32: a small seeded generator of numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws from a seeded generator. */
export function createDraw(seed: number) {
  const random = seededRandom(seed);
  const draw = {
    random,
    /** A whole number from 0 to n - 1. */
    below: (n: number): number => Math.floor(random() * n),
    chance: (p: number): boolean => random() < p,
    pick: <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T,
  };
  return draw;
}
export type Draw = ReturnType<typeof createDraw>;
