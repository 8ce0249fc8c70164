import { expect, it } from 'vitest';
import { statisticsResources } from './settings.js';

it.each([
  ['duckdb', undefined],
  ['spark', { master: 'local[2]', submit: 'spark-submit', timeoutMs: 1_800_000 }],
] as const)('a run by %s is told what it needs', (engine, spark) => {
  const settings = {
    ...{ STATISTICS_MEMORY_MB: 512, STATISTICS_FOLDER: '/kept', STATS_ENGINE: engine },
    ...{ SPARK_MASTER: 'local[2]', SPARK_SUBMIT: 'spark-submit', SPARK_TIMEOUT_MINUTES: 30 },
  };
  expect(statisticsResources(settings as never)).toEqual({ memoryMb: 512, folder: '/kept', spark });
});
