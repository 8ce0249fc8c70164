import { type Caller, KEY_NAME, roleSchema } from '@ecobalyse/schema';
import { z } from 'zod';

/** Shortest key that can be given by hand. */
export const MIN_KEY_LENGTH = 16;

/** A key that a setting gives: as it is, or by the SHA-256 of it. */
export type ConfiguredKey = Caller & ({ key: string } | { sha256: string });

const expectation =
  'expected name:role:key or name:role:sha256:HASH, with a name of letters, digits, _, . or -, the role reader, ' +
  `writer or admin, and a key of at least ${MIN_KEY_LENGTH} characters or the 64 hexadecimal digits of its hash`;

function readEntry(entry: string): ConfiguredKey | undefined {
  const [name = '', role, ...rest] = entry.split(':');
  const { data } = roleSchema.safeParse(role);
  if (!KEY_NAME.test(name) || data === undefined) return undefined;
  if (rest[0] === 'sha256' && rest.length === 2) {
    const sha256 = (rest[1] as string).toLowerCase();
    return /^[0-9a-f]{64}$/.test(sha256) ? { name, role: data, sha256 } : undefined;
  }
  const key = rest.join(':');
  return key.length >= MIN_KEY_LENGTH ? { name, role: data, key } : undefined;
}

/** The setting `API_KEYS`: a list of keys, parted by commas or blanks. A fault names the entry's place, never its text. */
export const configuredKeysSchema = z.string().transform((text, context) => {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '');
  const keys: ConfiguredKey[] = [];
  for (const [at, entry] of entries.entries()) {
    const key = readEntry(entry);
    const repeated = key && (key.name === 'API_KEY' || keys.some(({ name }) => name === key.name));
    if (!key) context.addIssue({ code: 'custom', message: `entry ${at + 1}: ${expectation}` });
    else if (repeated) context.addIssue({ code: 'custom', message: `entry ${at + 1}: expected a name of its own` });
    else keys.push(key);
  }
  return keys;
});
