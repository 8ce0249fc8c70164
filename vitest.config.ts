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
          name: 'platform',
          include: [
            'packages/*/*/src/**/*.test.ts',
            'services/*/src/**/*.test.ts',
            'scripts/src/**/*.test.ts',
            'e2e/**/*.test.ts',
          ],
          // Loading the same modules anew for each of a hundred files took a seventh of the time.
          isolate: false,
        },
      },
      // The browser that its tests make puts its timers in place of Node.js's: nobody else may meet it.
      { extends: true, test: { name: 'dashboard', include: ['dashboard/src/**/*.test.ts'], isolate: true } },
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
