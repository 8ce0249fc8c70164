import type { readSettings } from '@ecobalyse/service-kit';

/** Settings of a run, for the worker and for one by hand. */
export const STATISTICS_SETTINGS = [
  'STATISTICS_MEMORY_MB',
  'STATISTICS_FOLDER',
  'STATS_ENGINE',
  'SPARK_MASTER',
  'SPARK_SUBMIT',
  'SPARK_TIMEOUT_MINUTES',
] as const;

type StatisticsSettings = ReturnType<typeof readSettings<(typeof STATISTICS_SETTINGS)[number]>>;

const MS_IN_MINUTE = 60_000;

/** What a run needs to know of the settings. */
export const statisticsResources = (settings: StatisticsSettings) => ({
  memoryMb: settings.STATISTICS_MEMORY_MB,
  folder: settings.STATISTICS_FOLDER,
  spark:
    settings.STATS_ENGINE === 'spark'
      ? {
          master: settings.SPARK_MASTER,
          submit: settings.SPARK_SUBMIT,
          timeoutMs: settings.SPARK_TIMEOUT_MINUTES * MS_IN_MINUTE,
        }
      : undefined,
});
