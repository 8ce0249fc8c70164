import { QUEUES } from '@ecobalyse/pipeline';
import { afterFirstExtraction, CACHE_SETTINGS, openServiceCache, runWorker } from '@ecobalyse/service-parts';
import { STATISTICS_SETTINGS, statisticsResources } from './settings.js';
import { computeStatistics } from './statistics-task.js';

// By hand, `ecobalyse statistics`: once, and without queues.
if (process.argv.includes('--once')) {
  import('./once.js').then(async ({ computeOnce }) => {
    process.exitCode = await computeOnce();
  });
} else
  runWorker('stats', [...CACHE_SETTINGS, ...STATISTICS_SETTINGS], (worker) => {
    const { settings, store } = worker;
    const cache = openServiceCache(settings, worker.onConnectionError);
    const resources = { store, cache, ...statisticsResources(settings) };
    return {
      workers: {
        statistics: worker.startTasks(QUEUES.statistics, {
          statistics: afterFirstExtraction(store, (context) => computeStatistics(context, resources)),
        }),
      },
      useful: { cache: cache.ping },
      stop: [['cache', () => cache.close()]],
    };
  });
