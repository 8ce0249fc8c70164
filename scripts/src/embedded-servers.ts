import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedPasswordFile, embeddedRedisPassword } from '@ecobalyse/service-kit';
import type { DataFolder } from './data-folder.js';

/**
 * The password of the embedded database, made at the first start and kept, so that the address that is printed stays the
 * same. Only the user who started the platform can read it, and what its parts store.
 */
export function takePassword(folder: DataFolder): { file: string; password: string } {
  const file = embeddedPasswordFile(folder.path);
  // Inherited by all parts; Redis has no setting for it.
  process.umask(0o077);
  for (const own of [folder.mongodb, folder.redis]) chmodSync(own, 0o700);
  if (!existsSync(file) || readFileSync(file, 'utf8').trim() === '') {
    writeFileSync(file, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  }
  chmodSync(file, 0o600);
  return { file, password: readFileSync(file, 'utf8').trim() };
}

/** Writes the part of Redis' settings that no command line may show, and gives the file. */
export function writeRedisConfig(folder: DataFolder, password: string): string {
  // Not in its folder, which is set aside when Redis cannot read it.
  const file = join(folder.path, 'redis.conf');
  writeFileSync(file, `requirepass ${embeddedRedisPassword(password)}\n`, { mode: 0o600 });
  return file;
}
