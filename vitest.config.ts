import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The tests of the whole platform take longest: begun first, they do not keep one worker busy at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isWhole = ({ moduleId }: TestSpecification) => moduleId.includes('/e2e/');
    const sorted = await super.sort(files);
    return [...sorted.filter(isWhole), ...sorted.filter((file) => !isWhole(file))];
  }
}

export default defineConfig({
  // Workspace packages are read from their sources. Processes and threads that a test starts run bundles of them.
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'programs',
          include: ['services/*/src/**/*.test.ts', 'scripts/src/**/*.test.ts', 'e2e/**/*.test.ts'],
          // Loading the same modules anew for each file took a seventh of the time.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'packages',
          include: ['packages/*/*/src/**/*.test.ts', 'dashboard/src/**/*.test.ts'],
          // They hold clocks, switch tracing on, or put a browser's timers in place of Node.js's: nobody else may meet that.
          isolate: true,
        },
      },
    ],
    globalSetup: ['scripts/bundle.mjs'],
    // Most tests wait for servers and disks more than they compute.
    maxWorkers: 2,
    // Loading the same modules anew for each of a hundred files took a seventh of the time.
    sequence: { sequencer: LongestFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
