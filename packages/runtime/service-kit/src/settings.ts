import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { config } from 'dotenv';
import { z } from 'zod';
import { SettingsError } from './errors.js';
import { type SettingName, type Settings, settingSchemas } from './setting-schemas.js';

/** The nearest folder at or above `from` that holds the workspace file: the project's root. */
export function projectRoot(from = process.cwd()): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'pnpm-workspace.yaml'))) return folder;
    if (folder === dirname(folder)) return from;
  }
}

/** Adds the variables of the project's `.env` to the environment; what is set already, and not empty, wins. */
export function loadEnvFile(): void {
  const { parsed = {} } = config({ path: join(projectRoot(), '.env'), quiet: true, processEnv: {} });
  for (const [name, value] of Object.entries(parsed)) process.env[name] ||= value;
}

/** Connection strings whose password may stand in a setting of its own, where no character has to be escaped. */
const PASSWORD_SETTINGS: Partial<Record<SettingName, SettingName>> = {
  LOCAL_MONGODB_URI: 'MONGO_PASSWORD',
  REDIS_URL: 'QUEUE_REDIS_PASSWORD',
  CACHE_REDIS_URL: 'CACHE_REDIS_PASSWORD',
};

/** A connection string with its password, unless it has one, or is of a MongoDB that is asked without a user. */
function withPassword(uri: string, password: string): string {
  const [, scheme, user = '', secret, rest] = /^(\w+:\/\/)(?:([^@/:]*)(:[^@/]*)?@)?(.*)$/su.exec(uri) ?? [];
  if (secret || (user === '' && scheme === 'mongodb://')) return uri;
  return `${scheme}${user}:${encodeURIComponent(password)}@${rest}`;
}

/**
 * Reads the named settings from the environment.
 *
 * An empty variable counts as absent, since compose files pass `NAME=` for what is not set. A connection string gets the
 * password that stands in a setting beside it.
 *
 * @throws SettingsError naming each bad variable and what was expected; values are never shown.
 */
export function readSettings<const Name extends SettingName>(
  names: readonly Name[],
  env: NodeJS.ProcessEnv = process.env,
): Settings<Name> {
  const schema = z.object(Object.fromEntries(names.map((name) => [name, settingSchemas[name]])));
  const given = Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  // Compiling code for a schema pays from the second value on.
  const result = schema.safeParse(given, { jitless: true });
  if (result.success) {
    const settings = result.data as Record<string, unknown>;
    for (const name of names) {
      const password = env[PASSWORD_SETTINGS[name] ?? ''];
      if (password && settings[name]) settings[name] = withPassword(String(settings[name]), password);
    }
    return settings as Settings<Name>;
  }
  const faults = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new SettingsError(`bad settings in the environment or .env: ${faults.join('; ')}`);
}

/** The settings that name a database. */
export const DATABASE_SETTINGS = [
  'MONGODB_URI',
  'DB_USER',
  'DB_PASSWORD',
  'DB_CLUSTER',
  'LOCAL_MONGODB_URI',
  'DB_NAME',
] as const;

/**
 * Connection string of the database: `MONGODB_URI`, or that of the Atlas cluster which `DB_USER`, `DB_PASSWORD` and
 * `DB_CLUSTER` name, or `LOCAL_MONGODB_URI`, or undefined when nothing is set.
 *
 * @throws SettingsError when only some of the three are set.
 */
export function mongodbUri(settings: Settings<(typeof DATABASE_SETTINGS)[number]>): string | undefined {
  if (settings.MONGODB_URI) return settings.MONGODB_URI;
  const { DB_USER, DB_PASSWORD, DB_CLUSTER } = settings;
  const atlas = { DB_USER, DB_PASSWORD, DB_CLUSTER };
  const missing = Object.entries(atlas).flatMap(([name, value]) => (value ? [] : [name]));
  if (missing.length === 3) return settings.LOCAL_MONGODB_URI;
  if (!DB_USER || !DB_PASSWORD || !DB_CLUSTER) {
    throw new SettingsError(`${missing.join(', ')}: expected beside the other DB_ settings of MongoDB Atlas`);
  }
  const [user, password] = [DB_USER, DB_PASSWORD].map(encodeURIComponent);
  return `mongodb+srv://${user}:${password}@${DB_CLUSTER}/?retryWrites=true&w=majority`;
}

/** The value of a setting that this process cannot do without. */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new SettingsError(`${name}: expected a value, but it is not set`);
  return value;
}
