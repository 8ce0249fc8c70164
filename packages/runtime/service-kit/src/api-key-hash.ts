import { createHash, randomBytes } from 'node:crypto';

/** SHA-256 of a key, in hexadecimal digits. */
export const hashApiKey = (key: string): string => createHash('sha256').update(key, 'utf8').digest('hex');

/** A new key of 256 random bits; the prefix lets scanners for leaked secrets know it by sight. */
export const newApiKey = (): string => `eco_${randomBytes(32).toString('base64url')}`;
