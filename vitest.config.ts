import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Workspace packages are read from their sources, so that a test never runs against a stale build.
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['{packages,services}/*/src/**/*.test.ts', 'scripts/src/**/*.test.ts', 'e2e/**/*.test.ts'],
    // Most tests wait for servers and disks more than they compute.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
