import { createBatchQueue, QUEUES, startBatchWorker } from '@ecobalyse/pipeline';
import {
  CACHE_SETTINGS,
  openServiceCache,
  openUpstream,
  runWorker,
  UPSTREAM_SETTINGS,
  upstreamProbe,
} from '@ecobalyse/service-parts';
import type { Resources } from './resources.js';
import { simulateBatch } from './simulation-batch.js';
import { extractImpactDocumentation } from './tasks/impact-documentation.js';
import { loadSimulations } from './tasks/load.js';
import { extractReferenceData } from './tasks/reference-data.js';
import { rescoreProducts } from './tasks/rescore.js';
import { extractSimulations } from './tasks/simulations.js';

const SETTINGS = [...CACHE_SETTINGS, ...UPSTREAM_SETTINGS, 'EXTRACTION_CONCURRENCY', 'EXTRACTION_BATCH_SIZE'] as const;

runWorker('extraction', SETTINGS, (worker) => {
  const { settings, store, connection, onConnectionError } = worker;
  const resources: Resources = {
    store,
    upstream: openUpstream(settings, onConnectionError),
    cache: openServiceCache(settings, onConnectionError),
    batches: createBatchQueue(connection, onConnectionError),
    batchSize: settings.EXTRACTION_BATCH_SIZE,
  };
  return {
    workers: {
      extraction: worker.startTasks(QUEUES.extraction, {
        'reference-data': (context) => extractReferenceData(context, resources),
        simulations: (context) => extractSimulations(context, resources),
        load: (context) => loadSimulations(context, resources),
        rescore: (context) => rescoreProducts(context, resources),
        'impact-documentation': () => extractImpactDocumentation(resources),
      }),
      cache: worker.startTasks(QUEUES.cache, {
        'clear-cache': async () => ({ cleared: await resources.cache.clear() }),
      }),
      simulations: startBatchWorker({
        ...worker,
        handler: (payload, signal, tries) => simulateBatch(payload, resources, signal, tries),
        concurrency: settings.EXTRACTION_CONCURRENCY,
      }),
    },
    useful: { upstream: upstreamProbe(settings), cache: resources.cache.ping },
    stop: [
      ['queue', () => resources.batches.close()],
      ['cache', () => resources.cache.close()],
      ['upstream client', async () => resources.upstream.close()],
    ],
  };
});
