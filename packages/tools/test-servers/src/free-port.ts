import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections: one of those would be taken again, now and then, between the
 * moment it is found free and the moment a server listens on it.
 */
const FIRST = 20_000;
const COUNT = 7000;
const MAX_TRIES = 100;
const given = new Set<number>();

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/** A TCP port of the loopback address that nothing listens on, and that this process was not given before. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < MAX_TRIES; tried += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(`none of ${MAX_TRIES} ports between ${FIRST} and ${FIRST + COUNT} is free`);
}
