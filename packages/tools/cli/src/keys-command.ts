import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { KEY_NAME, ROLES, type Role, roleSchema } from '@ecobalyse/schema';
import {
  DATABASE_SETTINGS,
  embeddedMongodbUri,
  hashApiKey,
  loadEnvFile,
  mongodbUri,
  PlatformError,
  projectRoot,
  readSettings,
  required,
} from '@ecobalyse/service-kit';
import {
  type ApiKeyDocument,
  addApiKey,
  isStoreUnavailable,
  listApiKeys,
  openStore,
  revokeApiKey,
  rotateApiKey,
  type Store,
} from '@ecobalyse/store';
import { KEYS_HELP, UsageError } from './usage.js';

/** 256 random bits; the prefix lets scanners for leaked secrets know the key by sight. */
const newKey = () => `eco_${randomBytes(32).toString('base64url')}`;

const DAY_MS = 86_400_000;
const ACTIONS = ['list', 'add', 'revoke', 'rotate', 'show'] as const;
const NAMELESS: readonly string[] = ['list', 'show'];
type Action = (typeof ACTIONS)[number];

interface KeysCommand {
  action: Action;
  name: string;
  role: Role;
  expiresAt?: Date;
  uri?: string;
}

/** A number of days such as 90d, or a date: the key ends at its first moment, UTC. */
function readExpiry(text: string): Date {
  const days = /^([1-9]\d{0,4})d$/.exec(text)?.[1];
  const date = days ? new Date(Date.now() + Number(days) * DAY_MS) : new Date(text);
  const dated = days !== undefined || /^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/.test(text);
  if (!dated || Number.isNaN(date.getTime()) || date.getTime() <= Date.now()) {
    throw new UsageError(`--expires: expected days such as 90d, or a date to come such as 2030-12-31, not "${text}"`);
  }
  return date;
}

function readCommand(args: string[]): KeysCommand | 'help' {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { positionals, values } = parsed;
  if (values.help) return 'help';
  const [action, name = '', ...rest] = positionals;
  if (!ACTIONS.includes(action as Action)) throw new UsageError(`expected one of ${ACTIONS.join(', ')}`);
  if (rest.length > 0) throw new UsageError(`unexpected argument ${JSON.stringify(rest[0])}`);
  if (!NAMELESS.includes(action as Action) && !KEY_NAME.test(name)) {
    throw new UsageError('the name of a key is expected: 1 to 64 letters, digits, _, . or -');
  }
  if (NAMELESS.includes(action as Action) && name !== '') throw new UsageError(`${action} takes no name`);
  if (name === 'API_KEY') throw new UsageError('API_KEY is the key of the settings: change it there');
  if (action === 'add' && values.role === undefined) throw new UsageError(`--role is expected: ${ROLES.join(', ')}`);
  if (action !== 'add' && values.role !== undefined) throw new UsageError('--role goes with add only');
  const role = roleSchema.safeParse(values.role ?? 'reader');
  if (!role.success) throw new UsageError(`--role: expected one of ${ROLES.join(', ')}`);
  if (values.expires !== undefined && action !== 'add' && action !== 'rotate') {
    throw new UsageError('--expires goes with add and rotate only');
  }
  return {
    action: action as Action,
    name,
    role: role.data,
    ...(values.expires !== undefined && { expiresAt: readExpiry(values.expires) }),
    ...(values.uri !== undefined && { uri: values.uri }),
  };
}

const parse = (args: string[]) =>
  parseArgs({
    args,
    allowPositionals: true,
    options: {
      role: { type: 'string' },
      expires: { type: 'string' },
      uri: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });

function stateOf({ revoked_at, expires_at }: ApiKeyDocument): string {
  if (revoked_at) return `revoked ${revoked_at.toISOString()}`;
  if (!expires_at) return 'in force';
  return `${expires_at.getTime() > Date.now() ? 'expires' : 'expired'} ${expires_at.toISOString()}`;
}

function table(keys: readonly ApiKeyDocument[]): string {
  if (keys.length === 0) return 'No keys in the database; those of API_KEY and API_KEYS are not listed here.\n';
  const width = Math.max(...keys.map(({ name }) => name.length));
  const rows = keys.map((key) => {
    const { name, role, created_at } = key;
    return `${name.padEnd(width)}  ${role.padEnd(6)}  created ${created_at.toISOString()}  ${stateOf(key)}\n`;
  });
  return rows.join('');
}

/** Prints a new key alone on standard output, so that a script can take it; it cannot be shown again. */
function tell(key: string, what: string): void {
  process.stderr.write(`${what}; this is the only time it is shown:\n`);
  process.stdout.write(`${key}\n`);
}

async function run(store: Store, { action, name, role, expiresAt }: KeysCommand): Promise<void> {
  const gone = () => new UsageError(`no key named ${name} is in force: "keys list" shows them`);
  const key = newKey();
  switch (action) {
    case 'list':
      process.stdout.write(table(await listApiKeys(store)));
      return;
    case 'add':
      if (
        !(await addApiKey(store, { name, role, hash: hashApiKey(key), ...(expiresAt && { expires_at: expiresAt }) }))
      ) {
        throw new UsageError(`the name ${name} is taken, or was: choose another one, or "keys rotate ${name}"`);
      }
      tell(key, `Added the key ${name}, role ${role}`);
      return;
    case 'revoke':
      if (!(await revokeApiKey(store, name))) throw gone();
      process.stderr.write(`Revoked the key ${name}: the services refuse it within seconds.\n`);
      return;
    case 'rotate':
      if (!(await rotateApiKey(store, name, hashApiKey(key), expiresAt))) throw gone();
      tell(key, `Rotated the key ${name}: the services refuse the old one within seconds`);
  }
}

/**
 * `ecobalyse keys`: lists, adds, revokes and rotates the keys in the database, which the settings name as for the services,
 * and shows the key of the settings.
 *
 * @returns the exit code: 0, or 1 when the database cannot be reached.
 * @throws UsageError for a bad command line, or a name that does not fit.
 */
export async function runKeys(args: string[]): Promise<number> {
  const command = readCommand(args);
  if (command === 'help') {
    process.stdout.write(KEYS_HELP);
    return 0;
  }
  let store: Store | undefined;
  try {
    loadEnvFile();
    if (command.action === 'show') {
      process.stdout.write(`${required(readSettings(['API_KEY']).API_KEY, 'API_KEY')}\n`);
      return 0;
    }
    const settings = readSettings([...DATABASE_SETTINGS, 'EMBEDDED_MONGO_PORT', 'DATA_DIR']);
    const embedded = embeddedMongodbUri(resolve(projectRoot(), settings.DATA_DIR), settings.EMBEDDED_MONGO_PORT);
    const uri = command.uri ?? mongodbUri(settings) ?? embedded;
    store = openStore({ uri, dbName: settings.DB_NAME, appName: 'keys', serverSelectionTimeoutMs: 3000 });
    await run(store, command);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const away = isStoreUnavailable(error);
    if (!away && !(error instanceof PlatformError)) throw error;
    const hint = 'the database cannot be reached: is npm start running? MONGODB_URI or --uri name another one';
    process.stderr.write(`ecobalyse: ${away ? hint : (error as Error).message}\n`);
    return 1;
  } finally {
    await store?.close();
  }
}
