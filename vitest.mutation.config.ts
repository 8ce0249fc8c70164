import base from './vitest.config.js';

/**
 * What Stryker runs (scripts/mutate.mjs): the tests of the package that MUTATED names. Each file loads the modules anew: a
 * mistake in what runs when a module is loaded would else never be there.
 */
export default {
  ...base,
  test: {
    ...base.test,
    projects: undefined,
    include: [`${process.env.MUTATED}/src/**/*.test.ts`],
    globalSetup: [],
    isolate: true,
  },
};
