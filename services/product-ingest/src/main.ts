import { resolve } from 'node:path';
import { openProductJobQueue, QUEUES, startProductJobWorker } from '@ecobalyse/pipeline';
import { projectRoot, required } from '@ecobalyse/service-kit';
import {
  apiProbe,
  CACHE_SETTINGS,
  openServiceCache,
  openUpstream,
  runWorker,
  UPSTREAM_SETTINGS,
  upstreamProbe,
} from '@ecobalyse/service-parts';
import { addProducts } from './add-products.js';
import { keepOpenJobsQueued } from './open-jobs.js';
import { runProductJob } from './product-job.js';
import { createProductPoster } from './product-poster.js';

/** Jobs of one worker at once: a small one does not wait for a large one. */
const JOBS_AT_ONCE = 2;

const SETTINGS = [
  ...CACHE_SETTINGS,
  ...UPSTREAM_SETTINGS,
  'API_URL',
  'API_KEY',
  'API_KEY_NAME',
  'PRODUCTS_FOLDER',
  'INGEST_SETTLE_SECONDS',
  'INGEST_CONCURRENCY',
] as const;

await runWorker('product-ingest', SETTINGS, (worker) => {
  const { settings, store, connection, logger, onConnectionError } = worker;
  const concurrency = settings.INGEST_CONCURRENCY;
  const poster = createProductPoster({
    apiUrl: settings.API_URL,
    apiKey: required(settings.API_KEY, 'API_KEY'),
    apiKeyName: settings.API_KEY_NAME,
    concurrency,
  });
  const source = {
    folder: resolve(projectRoot(), settings.PRODUCTS_FOLDER),
    settleMs: settings.INGEST_SETTLE_SECONDS * 1000,
    concurrency,
  };
  logger.info({ folder: source.folder }, 'folder of products');

  const upstream = openUpstream(settings, onConnectionError);
  const cache = openServiceCache(settings, onConnectionError);
  const jobs = {
    store,
    upstream,
    concurrency: settings.ECOBALYSE_CONCURRENCY,
    logger,
    cache,
  };
  const jobQueue = openProductJobQueue(connection, onConnectionError);
  const openJobs = keepOpenJobsQueued(store, jobQueue, logger);
  return {
    workers: {
      'product-ingest': worker.startTasks(QUEUES.ingest, {
        'add-products': (context) => addProducts(context, poster, source),
      }),
      'product-jobs': startProductJobWorker({
        ...worker,
        handler: (payload, signal) => runProductJob(payload, jobs, signal),
        concurrency: JOBS_AT_ONCE,
      }),
    },
    useful: { api: apiProbe(settings), upstream: upstreamProbe(settings), cache: cache.ping },
    stop: [
      ['look for open jobs', () => openJobs.close()],
      ['queue', () => jobQueue.close()],
      ['cache', () => cache.close()],
      ['upstream client', async () => upstream.close()],
      ['API client', async () => poster.close()],
    ],
  };
});
