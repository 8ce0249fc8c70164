import { availableParallelism } from 'node:os';
import { runService } from '@ecobalyse/service-kit';
import { buildSimulator } from './app.js';

/** Past this number of threads, the one that reads and writes batches is the slowest. */
const MAX_BATCH_THREADS = 4;

/** As many threads as cores: the one that serves has little to do. With one core they would bring nothing. */
const cores = availableParallelism();
const batchThreads = cores === 1 ? 0 : Math.min(cores, MAX_BATCH_THREADS);

await runService('simulator', ['SIMULATOR_HOST', 'SIMULATOR_PORT'], ({ settings, logger }) => ({
  listener: {
    app: buildSimulator({ logger, batchThreads }),
    host: settings.SIMULATOR_HOST,
    port: settings.SIMULATOR_PORT,
    portSetting: 'SIMULATOR_PORT',
  },
  stop: [],
}));
