import { parseArgs } from 'node:util';

export const HELP = `npm start -- [options]

Starts the platform on this machine: database, Redis, offline simulator, extraction worker and API, each as its own
process. On the first start it also extracts the data, then computes statistics and models. Ctrl-C stops everything; the
next start finds its data.

  --once               run the job, print its summary, stop; exit code 0, or 1 when something failed
  --no-extract         start without extracting, even when the database is empty
  --extract            extract again, even when there is data
  --product TYPE       extract one product type only (chemise, jean, jupe, manteau, pantalon, pull, tshirt)
  --limit N            extract the first N simulations only
  --reset              delete the data of the embedded parts first
  --help               this text

Settings come from the environment or .env (see .env.example). MONGODB_URI, REDIS_URL and ECOBALYSE_API_URL replace
the embedded database, Redis and simulator.
`;

export interface LauncherOptions {
  help: boolean;
  once: boolean;
  /** `needed`: only when there is no data. */
  extract: 'never' | 'needed' | 'always';
  product: string | undefined;
  limit: number | undefined;
  reset: boolean;
}

/** @throws Error that names the option and what was expected. */
export function readOptions(args: readonly string[]): LauncherOptions {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      once: { type: 'boolean', default: false },
      extract: { type: 'boolean', default: false },
      'no-extract': { type: 'boolean', default: false },
      product: { type: 'string' },
      limit: { type: 'string' },
      reset: { type: 'boolean', default: false },
    },
  });
  const limit = values.limit === undefined ? undefined : Number(values.limit);
  if (limit !== undefined && (!Number.isInteger(limit) || limit < 1)) {
    throw new Error(`--limit: expected a whole number from 1, received "${values.limit}"`);
  }
  if (values.extract && values['no-extract']) throw new Error('--extract and --no-extract: expected one of them');
  return {
    help: values.help,
    once: values.once,
    extract: values['no-extract'] ? 'never' : values.extract ? 'always' : 'needed',
    product: values.product,
    limit,
    reset: values.reset,
  };
}
