import { createHash } from 'node:crypto';

/**
 * Draws the mutants of `--sample N` (scripts/mutate.mjs): a checker of Stryker that lets as many pass as MUTATION_SAMPLE says.
 * They are drawn by the hash of their place, their replacement and MUTATION_SEED: as long as a file stays as it is, the same
 * ones are drawn of it again.
 */
class Sample {
  static inject = [];
  #drawn = new Set();

  async init() {}

  async group(mutants) {
    const ranks = mutants.map((mutant) => ({ id: mutant.id, rank: rankOf(mutant) }));
    ranks.sort((one, other) => (one.rank < other.rank ? -1 : 1));
    this.#drawn = new Set(ranks.slice(0, Number(process.env.MUTATION_SAMPLE)).map(({ id }) => id));
    return [mutants.map(({ id }) => id)];
  }

  async check(mutants) {
    const answer = (id) =>
      this.#drawn.has(id) ? { status: 'passed' } : { status: 'compileError', reason: 'not drawn' };
    return Object.fromEntries(mutants.map(({ id }) => [id, answer(id)]));
  }
}

function rankOf({ fileName, location, mutatorName, replacement }) {
  const named = JSON.stringify([
    process.env.MUTATION_SEED,
    fileName.split('/src/').at(-1),
    location,
    mutatorName,
    replacement,
  ]);
  return createHash('sha256').update(named).digest('hex');
}

export const strykerPlugins = [{ kind: 'Checker', name: 'sample', injectableClass: Sample }];
