import { statSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';

/** The address that stands for a folder; the kernel frees it when its process dies. */
function lockAddress(dir: string): { path: string; isFile: boolean } {
  const { dev, ino } = statSync(dir, { bigint: true });
  const name = `ecobalyse-embedded-mongo-${dev}-${ino}`;
  if (process.platform === 'linux') return { path: `\0${name}`, isFile: false };
  if (process.platform === 'win32') return { path: `\\\\.\\pipe\\${name}`, isFile: false };
  return { path: join(dir, 'lock.sock'), isFile: true };
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen({ path }, () => resolve(server.unref()));
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/**
 * Claims a folder for this process; two servers on one data file would each trust their own memory.
 * @returns a function that gives the folder free
 * @throws Error naming the folder when another process has it
 */
export async function lockDirectory(dir: string): Promise<() => void> {
  const { path, isFile } = lockAddress(dir);
  try {
    const server = await listen(path);
    return () => server.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    // A socket file outlives its process; one that nobody answers is free.
    if (!isFile || (await isAnswered(path))) {
      throw new Error(`The data folder ${dir} is in use by another embedded server process.`);
    }
    unlinkSync(path);
    const server = await listen(path);
    return () => server.close();
  }
}
