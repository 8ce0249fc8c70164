import { type Random, seededRandom } from '@ecobalyse/estimation';
import { deviationOf, meanOf } from './describe.js';

/** What a model answers for a base sample: rows of A, of B, of A with one column of B, and of B with one column of A. */
export interface SobolAnswers {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly ab: readonly Float64Array[];
  readonly ba: readonly Float64Array[];
}

/** An index and half of its 95 % interval. */
export interface SobolIndex {
  readonly value: number;
  readonly error: number;
}
export interface SobolIndices {
  readonly mean: number;
  readonly deviation: number;
  readonly first: readonly SobolIndex[];
  readonly total: readonly SobolIndex[];
  /** By the ranks of two inputs, the lower one first. */
  readonly second: ReadonlyMap<string, SobolIndex>;
}

/** Resamples of the bootstrap, and how many standard errors are half of a 95 % interval. */
const RESAMPLES = 100;
const NORMAL_95 = 1.959963984540054;

/**
 * Asks a model of `inputs` numbers, each uniform between 0 and 1 and independent of the others, by the scheme of Saltelli
 * (2002): `samples (2 inputs + 2)` answers. Numbers are drawn, not laid out, so that the bootstrap tells their error.
 */
export function askModel(
  model: (place: Float64Array) => number,
  inputs: number,
  samples: number,
  seed: number,
): SobolAnswers {
  const random = seededRandom(seed);
  const draw = () => Array.from({ length: samples }, () => Float64Array.from({ length: inputs }, () => random()));
  const [a, b] = [draw(), draw()];
  const swapped = (one: readonly Float64Array[], other: readonly Float64Array[], column: number) =>
    one.map((row, rank) => {
      const place = row.slice();
      place[column] = (other[rank] as Float64Array)[column] as number;
      return place;
    });
  const answers = (rows: readonly Float64Array[]) => Float64Array.from(rows, model);
  const columns = Array.from({ length: inputs }, (_, column) => column);
  return {
    a: answers(a),
    b: answers(b),
    ab: columns.map((column) => answers(swapped(a, b, column))),
    ba: columns.map((column) => answers(swapped(b, a, column))),
  };
}

/** Mean and population deviation of all answers. */
function spreadOf({ a, b, ab, ba }: SobolAnswers): { mean: number; deviation: number } {
  const all = [a, b, ...ab, ...ba];
  const mean = meanOf(all.map(meanOf));
  const squares = all.map((answers) => meanOf(answers.map((answer) => (answer - mean) ** 2)));
  return { mean, deviation: Math.sqrt(meanOf(squares)) };
}

interface Estimates {
  first: Float64Array;
  total: Float64Array;
  second: Float64Array;
}

/**
 * First order by Saltelli et al. (2010, table 2 b), total order by Jansen (1999), second order by Saltelli (2002), over some of
 * the rows of answers that are centred on their mean, which makes them more precise.
 */
function estimate({ a, b, ab, ba }: SobolAnswers, rows: Int32Array): Estimates {
  const count = ab.length;
  const [first, total] = [new Float64Array(count), new Float64Array(count)];
  const second = new Float64Array((count * (count - 1)) / 2);
  let [sum, squares, cross] = [0, 0, 0];
  for (const row of rows) {
    const [one, other] = [a[row] as number, b[row] as number];
    sum += one + other;
    squares += one * one + other * other;
    cross += one * other;
    let pair = 0;
    for (let input = 0; input < count; input += 1) {
      const changed = (ab[input] as Float64Array)[row] as number;
      first[input] = (first[input] as number) + other * (changed - one);
      total[input] = (total[input] as number) + (one - changed) ** 2;
      const back = (ba[input] as Float64Array)[row] as number;
      for (let partner = input + 1; partner < count; partner += 1, pair += 1)
        second[pair] = (second[pair] as number) + back * ((ab[partner] as Float64Array)[row] as number);
    }
  }
  const size = rows.length;
  const variance = squares / (2 * size) - (sum / (2 * size)) ** 2;
  const scale = variance > 0 ? 1 / (size * variance) : 0;
  let pair = 0;
  for (let input = 0; input < count; input += 1) {
    first[input] = (first[input] as number) * scale;
    total[input] = (total[input] as number) * scale * 0.5;
  }
  for (let input = 0; input < count; input += 1)
    for (let partner = input + 1; partner < count; partner += 1, pair += 1)
      second[pair] = ((second[pair] as number) - cross) * scale - (first[input] as number) - (first[partner] as number);
  return { first, total, second };
}

const drawRows = (size: number, random: Random) => Int32Array.from({ length: size }, () => Math.floor(random() * size));

/** Sobol indices from the answers of a model, with their errors by bootstrap. @param seed of the bootstrap. */
export function sobolIndices(answers: SobolAnswers, seed: number): SobolIndices {
  const { mean, deviation } = spreadOf(answers);
  const scaled = (of: Float64Array) => of.map((answer) => (deviation > 0 ? (answer - mean) / deviation : 0));
  const centred = {
    a: scaled(answers.a),
    b: scaled(answers.b),
    ab: answers.ab.map(scaled),
    ba: answers.ba.map(scaled),
  };
  const size = answers.a.length;
  const found = estimate(
    centred,
    Int32Array.from({ length: size }, (_, row) => row),
  );
  const random = seededRandom(seed);
  const again = Array.from({ length: RESAMPLES }, () => estimate(centred, drawRows(size, random)));
  const told = (of: keyof Estimates) =>
    [...found[of]].map((value, rank) => ({
      value,
      error: NORMAL_95 * deviationOf(again.map((one) => one[of][rank] as number)),
    }));
  const pairs = told('second');
  const second = new Map<string, SobolIndex>();
  for (let input = 0, pair = 0; input < answers.ab.length; input += 1)
    for (let partner = input + 1; partner < answers.ab.length; partner += 1, pair += 1)
      second.set(`${input} ${partner}`, pairs[pair] as SobolIndex);
  return { mean, deviation, first: told('first'), total: told('total'), second };
}
