import { z } from 'zod';
import { ROLES } from './vocabulary.js';

/** What a key may do. */
export const roleSchema = z.enum(ROLES);

/** Who sent a request: the name and role of the key. */
export const callerSchema = z.object({ name: z.string(), role: roleSchema }).meta({ id: 'Caller' });
export type Caller = z.output<typeof callerSchema>;

/** What a key may use; without a value as the settings say, or without a limit. */
export interface KeyQuota {
  readonly requests_per_minute?: number | undefined;
  /** Products that it may add or change on a day of UTC. */
  readonly products_per_day?: number | undefined;
}

/** Names of keys stand in logs and in cookies. */
export const KEY_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
