import base from './vitest.config.js';

/** What Stryker runs (scripts/mutate.mjs): the tests of the package that MUTATED names. The programs are bundled before. */
export default {
  ...base,
  test: { ...base.test, include: [`${process.env.MUTATED}/src/**/*.test.ts`], globalSetup: [] },
};
