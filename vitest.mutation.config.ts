import { relative } from 'node:path';
import { configDefaults } from 'vitest/config';
import { BaseSequencer, type Reporter, type TestModule, type TestSpecification, type Vitest } from 'vitest/node';
import base from './vitest.config.js';

const { MUTATED, MUTATED_WITHOUT: WITHOUT = '' } = process.env;

/** The first test that fails ends the trial of a mistake: files that take seconds come after tables of milliseconds. */
class ShortestFirst extends BaseSequencer {
  /** The longest that each file took: one that was left out takes no time. */
  static readonly #took = new Map<string, number>();

  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const took = ShortestFirst.#took;
    for (const { moduleId, project } of files) {
      const name = `${project.name}:${relative(this.ctx.config.root, moduleId)}`;
      const { duration } = this.ctx.cache.getFileTestResults(name) ?? { duration: 0 };
      took.set(moduleId, Math.max(duration, took.get(moduleId) ?? 0));
    }
    const of = ({ moduleId }: TestSpecification) => took.get(moduleId) ?? 0;
    return files.toSorted((one, other) => of(one) - of(other));
  }
}

/** Stryker looks at tests alone: a file that a mistake keeps from being loaded has none, and would pass for one that fits. */
class FailedFiles implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestModuleEnd(file: TestModule): void {
    for (const error of file.errors()) this.#vitest?.state.catchError(error, 'a file that cannot be loaded');
  }
}

/**
 * What Stryker runs (scripts/mutate.mjs): the tests of the package that MUTATED names. Each trial has a worker of its own, so
 * that a mistake in what runs when a module is loaded is there; the files of one trial share it.
 */
export default {
  ...base,
  test: {
    ...base.test,
    projects: undefined,
    // Stryker runs tests in threads, which take no flags of V8.
    execArgv: [],
    include: [`${MUTATED}/src/**/*.test.ts`],
    exclude: [
      ...configDefaults.exclude,
      ...WITHOUT.split(',')
        .filter(Boolean)
        .map((file) => `${MUTATED}/src/${file}`),
    ],
    // Beside others, and with every mistake in it, code takes many times as long.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    globalSetup: [],
    isolate: false,
    sequence: { sequencer: ShortestFirst },
    reporters: [new FailedFiles()],
  },
};
