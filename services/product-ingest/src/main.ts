import { resolve } from 'node:path';
import { openProductJobQueue, QUEUES, startProductJobWorker } from '@ecobalyse/pipeline';
import { projectRoot } from '@ecobalyse/service-kit';
import {
  CACHE_SETTINGS,
  openServiceCache,
  openUpstream,
  runWorker,
  UPSTREAM_SETTINGS,
  upstreamProbe,
} from '@ecobalyse/service-parts';
import { addFolder } from './add-folder.js';
import { keepOpenJobsQueued } from './open-jobs.js';
import { runProductJob } from './product-job.js';

/** Jobs of one worker at once: a small one does not wait for a large one. */
const JOBS_AT_ONCE = 2;

const SETTINGS = [...CACHE_SETTINGS, ...UPSTREAM_SETTINGS, 'PRODUCTS_FOLDER', 'INGEST_SETTLE_SECONDS'] as const;

runWorker('product-ingest', SETTINGS, (worker) => {
  const { settings, store, connection, logger, onConnectionError } = worker;
  const source = {
    folder: resolve(projectRoot(), settings.PRODUCTS_FOLDER),
    settleMs: settings.INGEST_SETTLE_SECONDS * 1000,
  };
  logger.info({ folder: source.folder }, 'folder of products');

  const upstream = openUpstream(settings, onConnectionError);
  const cache = openServiceCache(settings, onConnectionError);
  const parts = {
    store,
    upstream,
    concurrency: settings.ECOBALYSE_CONCURRENCY,
    cache,
    logger,
  };
  const jobQueue = openProductJobQueue(connection, onConnectionError);
  const openJobs = keepOpenJobsQueued(store, jobQueue, logger);
  return {
    workers: {
      'product-ingest': worker.startTasks(QUEUES.ingest, {
        'add-products': (context) => addFolder(context, parts, source),
      }),
      'product-jobs': startProductJobWorker({
        ...worker,
        handler: (payload, signal) => runProductJob(payload, parts, signal),
        concurrency: JOBS_AT_ONCE,
      }),
    },
    useful: { upstream: upstreamProbe(settings), cache: cache.ping },
    stop: [
      ['look for open jobs', () => openJobs.close()],
      ['queue', () => jobQueue.close()],
      ['cache', () => cache.close()],
      ['upstream client', async () => upstream.close()],
    ],
  };
});
