import type { Role } from '@ecobalyse/schema';
import { hashApiKey, loadEnvFile, newApiKey, readSettings, required } from '@ecobalyse/service-kit';
import { type ApiKeyDocument, addApiKey, limitApiKey, listApiKeys, revokeApiKey, rotateApiKey } from '@ecobalyse/store';
import { withStore } from './database.js';
import { typed, UsageError } from './usage.js';

function stateOf({ revoked_at, expires_at }: ApiKeyDocument): string {
  if (revoked_at) return `revoked ${revoked_at.toISOString()}`;
  if (!expires_at) return 'in force';
  return `${expires_at.getTime() > Date.now() ? 'expires' : 'expired'} ${expires_at.toISOString()}`;
}

const quotaOf = ({ requests_per_minute, products_per_day }: ApiKeyDocument): string =>
  [
    requests_per_minute === undefined ? '' : `  ${requests_per_minute} requests a minute`,
    products_per_day === undefined ? '' : `  ${products_per_day} products a day`,
  ].join('');

function table(keys: readonly ApiKeyDocument[]): string {
  if (keys.length === 0) return 'No keys in the database; those of API_KEY and API_KEYS are not listed here.\n';
  const width = Math.max(...keys.map(({ name }) => name.length));
  const rows = keys.map((key) => {
    const { name, role, created_at } = key;
    return `${name.padEnd(width)}  ${role.padEnd(6)}  created ${created_at.toISOString()}  ${stateOf(key)}${quotaOf(key)}\n`;
  });
  return rows.join('');
}

/** Prints a new key alone on standard output, so that a script can take it; it cannot be shown again. */
function tell(key: string, what: string): void {
  process.stderr.write(`${what}; this is the only time it is shown:\n`);
  process.stdout.write(`${key}\n`);
}

const notInForce = (name: string) => new Error(`no key named ${name} is in force: "${typed('keys list')}" shows them`);

/** `ecobalyse keys list`. */
export const list = (uri?: string): Promise<void> =>
  withStore(uri, async (store) => void process.stdout.write(table(await listApiKeys(store))));

/** What a key may use. */
interface Quota {
  readonly requestsPerMinute?: number | 'none' | undefined;
  readonly productsPerDay?: number | 'none' | undefined;
  readonly uri?: string | undefined;
}
const limitOf = (limit: number | 'none' | undefined) => (limit === 'none' ? null : limit);

/** `ecobalyse keys add`. */
export async function add(
  name: string,
  options: Quota & { readonly role: Role; readonly expires?: Date | undefined },
): Promise<void> {
  const { role, expires, uri } = options;
  const [requests_per_minute, products_per_day] = [limitOf(options.requestsPerMinute), limitOf(options.productsPerDay)];
  const key = newApiKey();
  await withStore(uri, async (store) => {
    const isNew = await addApiKey(store, {
      ...{ name, role, hash: hashApiKey(key) },
      ...(expires && { expires_at: expires }),
      ...(requests_per_minute && { requests_per_minute }),
      ...(products_per_day && { products_per_day }),
    });
    if (!isNew) {
      throw new Error(`the name ${name} is taken, or was: choose another one, or "${typed('keys rotate')} ${name}"`);
    }
  });
  tell(key, `Added the key ${name}, role ${role}`);
}

/** `ecobalyse keys limit`. */
export async function limit(name: string, { requestsPerMinute, productsPerDay, uri }: Quota): Promise<void> {
  const quota = { requests_per_minute: limitOf(requestsPerMinute), products_per_day: limitOf(productsPerDay) };
  if (requestsPerMinute === undefined && productsPerDay === undefined)
    throw new UsageError('expected --requests-per-minute or --products-per-day');
  if (!(await withStore(uri, (store) => limitApiKey(store, name, quota)))) throw notInForce(name);
  process.stderr.write(`Limited the key ${name}: the services know within seconds.\n`);
}

/** `ecobalyse keys revoke`. */
export async function revoke(name: string, uri?: string): Promise<void> {
  if (!(await withStore(uri, (store) => revokeApiKey(store, name)))) throw notInForce(name);
  process.stderr.write(`Revoked the key ${name}: the services refuse it within seconds.\n`);
}

/** `ecobalyse keys rotate`. */
export async function rotate(name: string, expires?: Date, uri?: string): Promise<void> {
  const key = newApiKey();
  const isDone = await withStore(uri, (store) => rotateApiKey(store, name, hashApiKey(key), expires));
  if (!isDone) throw notInForce(name);
  tell(key, `Rotated the key ${name}: the services refuse the old one within seconds`);
}

/** `ecobalyse keys show`. */
export async function show(): Promise<void> {
  loadEnvFile();
  process.stdout.write(`${required(readSettings(['API_KEY']).API_KEY, 'API_KEY')}\n`);
}
