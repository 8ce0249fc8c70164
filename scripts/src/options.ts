import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { EXTRACTED_PRODUCTS } from '@ecobalyse/schema';

/** A file, since `npm start -- --help` answers before anything is built. */
export const HELP = readFileSync(new URL('../help.txt', import.meta.url), 'utf8');

export interface LauncherOptions {
  help: boolean;
  once: boolean;
  /** `needed`: only when there is no data. */
  extract: 'never' | 'needed' | 'always';
  product: string | undefined;
  limit: number | undefined;
  reset: boolean;
}

const OPTIONS = {
  help: { type: 'boolean', short: 'h', default: false },
  once: { type: 'boolean', default: false },
  extract: { type: 'boolean', default: false },
  'no-extract': { type: 'boolean', default: false },
  product: { type: 'string' },
  limit: { type: 'string' },
  reset: { type: 'boolean', default: false },
} as const;

/**
 * @param env - where npm leaves the options that it took for its own, since no `--` came before them.
 * @throws Error that names the option and what was expected.
 */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv = {}): LauncherOptions {
  const taken = Object.keys(OPTIONS).find((name) => env[`npm_config_${name}`] !== undefined);
  if (taken !== undefined) {
    // npm reads --no-extract as --extract that is off.
    const option = env[`npm_config_${taken}`] === '' ? `--no-${taken}` : `--${taken}`;
    throw new Error(`${option}: npm took it for itself, expected "--" before it: npm start -- ${option}`);
  }
  const { values } = parseArgs({ args: [...args], strict: true, options: OPTIONS });
  const limit = values.limit === undefined ? undefined : Number(values.limit);
  if (limit !== undefined && (!Number.isInteger(limit) || limit < 1)) {
    throw new Error(`--limit: expected a whole number from 1, received "${values.limit}"`);
  }
  if (values.product !== undefined && !(EXTRACTED_PRODUCTS as readonly string[]).includes(values.product)) {
    throw new Error(`--product: expected one of ${EXTRACTED_PRODUCTS.join(', ')}, received "${values.product}"`);
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
