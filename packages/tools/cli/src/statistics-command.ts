import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { namedDatabase } from './database.js';

/**
 * The service that computes them, started to do it once: a package imports no service, and DuckDB is not worth carrying along
 * for whoever dumps a database.
 */
const SERVICE = fileURLToPath(new URL('../../../../services/stats/bundle/main.js', import.meta.url));

/** `ecobalyse statistics`. */
export async function computeStatistics(uri: string | undefined): Promise<0 | 1> {
  if (!existsSync(SERVICE)) {
    throw new Error(
      'statistics: the program is not here; in containers: docker-compose run --rm stats node bundle/main.js --once',
    );
  }
  const database = namedDatabase(uri);
  // In the environment: a command line can be read by every user of the machine.
  const env: NodeJS.ProcessEnv = { ...process.env, MONGODB_URI: database.uri };
  if (database.redisUrl) env.REDIS_URL ||= database.redisUrl;
  const child = spawn(process.execPath, [SERVICE, '--once'], { env, stdio: 'inherit' });
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, pass);
  const [code] = await once(child, 'exit');
  return code === 0 ? 0 : 1;
}
