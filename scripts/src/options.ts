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
