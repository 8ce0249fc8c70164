import { createHash } from 'node:crypto';

/** SHA-256 of a key, in hexadecimal digits. */
export const hashApiKey = (key: string): string => createHash('sha256').update(key, 'utf8').digest('hex');
