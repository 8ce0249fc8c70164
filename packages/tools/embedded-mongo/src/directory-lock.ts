import { statSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';

/** Another process has the folder. */
export class FolderInUse extends Error {}

/** The address that stands for a folder; the kernel frees it when its process dies. */
function lockAddress(dir: string, owner: string): { path: string; isFile: boolean } {
  const { dev, ino } = statSync(dir, { bigint: true });
  const name = `ecobalyse-${owner}-${dev}-${ino}`;
  if (process.platform === 'linux') return { path: `\0${name}`, isFile: false };
  if (process.platform === 'win32') return { path: `\\\\.\\pipe\\${name}`, isFile: false };
  return { path: join(dir, `${owner}.sock`), isFile: true };
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
 * @param owner what claims it; owners of different names do not see each other
 * @returns a function that gives the folder free
 * @throws FolderInUse naming the folder when another process has it
 */
export async function lockDirectory(dir: string, owner = 'embedded-mongo'): Promise<() => void> {
  const { path, isFile } = lockAddress(dir, owner);
  try {
    const server = await listen(path);
    return () => server.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    // A socket file outlives its process; one that nobody answers is free.
    if (!isFile || (await isAnswered(path))) {
      throw new FolderInUse(`The data folder ${dir} is in use by another embedded server process.`);
    }
    unlinkSync(path);
    const server = await listen(path);
    return () => server.close();
  }
}
