import { availableParallelism } from 'node:os';
import {
  createLogger,
  explainListenError,
  loadEnvFile,
  readSettings,
  runMain,
  stopGracefully,
} from '@ecobalyse/service-kit';
import { buildSimulator } from './app.js';

/** Past this number of threads, the one that reads and writes batches is the slowest. */
const MAX_BATCH_THREADS = 4;

/** As many threads as cores: the one that serves has little to do. With one core they would bring nothing. */
const cores = availableParallelism();
const batchThreads = cores === 1 ? 0 : Math.min(cores, MAX_BATCH_THREADS);

/** Starts the offline simulator: settings, listen, and a graceful stop that lets the requests under way finish. */
await runMain(async () => {
  loadEnvFile();
  const settings = readSettings(['LOG_LEVEL', 'LOG_FORMAT', 'SHUTDOWN_TIMEOUT_MS', 'SIMULATOR_HOST', 'SIMULATOR_PORT']);
  const logger = createLogger('simulator', settings);
  const app = buildSimulator({ logger, batchThreads });

  stopGracefully(logger, settings.SHUTDOWN_TIMEOUT_MS, [['HTTP server', () => app.close()]]);
  try {
    await app.listen({ host: settings.SIMULATOR_HOST, port: settings.SIMULATOR_PORT });
  } catch (error) {
    throw explainListenError(error, settings.SIMULATOR_PORT, 'SIMULATOR_PORT');
  }
});
