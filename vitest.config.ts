import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const PROJECTS = ['together', 'pages', 'apart'];

/**
 * The tests of the whole platform take longest: begun first, they do not keep one worker busy at the end. Those that stand
 * apart come last: a worker that meets one of another project ends, and the next one loads all modules anew.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification) =>
      moduleId.includes('/e2e/') ? -1 : PROJECTS.indexOf(project.name);
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}

const tests = (...folders: string[]) => folders.map((folder) => `${folder}/**/*.test.ts`);

/**
 * Most code of a test runs a few times and most that it makes is soon gone: V8 optimizes nine times later, clears up less often, and
 * with one thread where all cores are busy. That spares 6 to 8 % of the CPU time of the workers, and up to a quarter of that of
 * the processes that tests start.
 */
const LAZY_V8 = [
  '--min-semi-space-size=32',
  '--max-semi-space-size=64',
  '--single-threaded-gc',
  // Later ones have no such flag.
  ...(process.version.startsWith('v20.') ? ['--interrupt-budget=600000'] : []),
];
/** They put a browser's globals in place of Node.js's. */
const PAGES = tests('dashboard/src');
/** They switch tracing on, count what the whole process does, name schemas that others name too, or load modules of a page that another server sent. */
const APART = [
  ...tests('packages/runtime/telemetry/src'),
  'services/api/src/openapi-document.test.ts',
  'dashboard/src/orchestrator.test.ts',
];
/** Loading the same modules anew for each file took half the CPU time: a test puts back what it changes of them. */
const shared = { isolate: false };

export default defineConfig({
  // Workspace packages are read from their sources. Processes and threads that a test starts run bundles of them.
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: tests('packages/*/*/src', 'services/*/src', 'scripts/src', 'e2e'),
          exclude: [...configDefaults.exclude, ...APART],
          ...shared,
        },
      },
      {
        extends: true,
        test: { name: 'pages', include: PAGES, exclude: [...configDefaults.exclude, ...APART], ...shared },
      },
      { extends: true, test: { name: 'apart', include: APART, isolate: true } },
    ],
    globalSetup: ['scripts/bundle.mjs'],
    // A worker waits for servers and disks, too: on two cores, three keep both busy, and four take no less time.
    maxWorkers: 3,
    execArgv: LAZY_V8,
    env: { TEST_V8_FLAGS: LAZY_V8.join(' ') },
    sequence: { sequencer: LongestFirst },
    // For a test that hangs; a busy machine with one core takes its time, and no pause of it is a failure.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
