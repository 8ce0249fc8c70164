import { z } from 'zod';
import { ROLES } from './vocabulary.js';

/** What a key may do. */
export const roleSchema = z.enum(ROLES);

/** Who sent a request: the name and role of the key. */
export const callerSchema = z.object({ name: z.string(), role: roleSchema }).meta({ id: 'Caller' });
export type Caller = z.output<typeof callerSchema>;

/** Names of keys stand in logs and in cookies. */
export const KEY_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
