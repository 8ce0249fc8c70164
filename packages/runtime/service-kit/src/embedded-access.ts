import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How the embedded servers of `npm start` are reached: on the loopback address, with the password in its data folder. */

const LOOPBACK = '127.0.0.1';

/** The file of the data folder that holds the password of the embedded database. */
export function embeddedPasswordFile(dataFolder: string): string {
  return join(dataFolder, 'password');
}

function credentials(user: string, secret: (password: string) => string, dataFolder: string): string {
  const file = embeddedPasswordFile(dataFolder);
  // Before the first start there is none, and nothing to reach.
  return existsSync(file) ? `${user}:${encodeURIComponent(secret(readFileSync(file, 'utf8').trim()))}@` : '';
}

/** Connection string of the embedded database, for whoever may read the data folder. */
export function embeddedMongodbUri(dataFolder: string, port: number): string {
  const login = credentials('ecobalyse', (password) => password, dataFolder);
  return `mongodb://${login}${LOOPBACK}:${port}/?directConnection=true${login && '&authSource=admin'}`;
}

/** Password of the private Redis. Its protocol shows it to whoever takes its port, so it is another one than the database's. */
export function embeddedRedisPassword(password: string): string {
  return createHmac('sha256', password).update('redis').digest('base64url');
}

/** URL of the private Redis, for whoever may read the data folder. */
export function embeddedRedisUrl(dataFolder: string, port: number): string {
  return `redis://${credentials('', embeddedRedisPassword, dataFolder)}${LOOPBACK}:${port}`;
}
