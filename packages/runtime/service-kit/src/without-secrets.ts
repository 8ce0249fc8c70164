import { withoutCredentials } from './loggable.js';
import { secretSettings } from './setting-schemas.js';

/** What is shorter may stand in any word. */
const SHORTEST = 8;

/** The secrets that the settings of an environment hold; of `API_KEYS`, the key of each entry `name:role:key`. */
function secretsOf(env: NodeJS.ProcessEnv): string[] {
  return secretSettings
    .flatMap((name) => {
      const value = env[name] ?? '';
      return name === 'API_KEYS' ? value.split(/[\s,]+/).map((entry) => entry.replace(/^[^:]*:[^:]*:/, '')) : [value];
    })
    .filter((secret) => secret.length >= SHORTEST)
    .flatMap((secret) => [secret, encodeURIComponent(secret)]);
}

/**
 * A text for people, such as a line of a task's log, without the values of secret settings and without what looks like a
 * credential of others.
 */
export function withoutSecrets(text: string, env: NodeJS.ProcessEnv = process.env): string {
  return withoutCredentials(secretsOf(env).reduce((changed, secret) => changed.replaceAll(secret, '***'), text));
}
