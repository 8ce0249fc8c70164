/** Serves the API with fixed data for a checker of its own, until it is told to end; prints address and key. */
import { once } from 'node:events';
import { startFixedApi } from './fixed-api.js';

const api = await startFixedApi({ orchestrator: true });
process.stdout.write(`${api.url} ${api.key}\n`);
await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
await api.close();
