import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, unlinkSync } from 'node:fs';
import { type AddressInfo, createServer, isIP, type ListenOptions, type Server, type Socket } from 'node:net';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, ServerState } from './commands/command.js';
import { executeCommand } from './commands/execute.js';
import { lockDirectory } from './directory-lock.js';
import { CommandError } from './errors.js';
import { dataFile, StorageFailure } from './storage/lmdb-file.js';
import { openStorage, type Storage } from './storage/records.js';
import { type Credentials, createAccess, deriveCredentials } from './wire/access.js';
import { createCursors } from './wire/cursors.js';
import { buildReply, messageLength, parseMessage, type Request } from './wire/messages.js';
import { errorReply } from './wire/reply.js';

/** Where the server keeps its data and listens. */
export interface EmbeddedMongoOptions {
  /** Folder of the data file; made if it is missing. Only one process can use it at a time. */
  readonly dir: string;
  /** TCP port; 0 (the default) takes a free one. */
  readonly port?: number;
  /** A loopback address or `localhost`; default 127.0.0.1. */
  readonly host?: string;
  /** Path of a Unix socket to listen on instead of TCP. */
  readonly socketPath?: string;
  /** What the user `ecobalyse` of the database `admin` has to know; without it everybody who reaches the server is let in. */
  readonly password?: string;
  /** Called once when a write could not be stored: the process must end, as memory and file may differ. */
  readonly onFatal?: (error: Error) => void;
}

export interface EmbeddedMongo {
  /** The connection string for the `mongodb` driver, without user and password. */
  readonly uri: string;
  /** Finishes the running commands, closes all connections and the data file. */
  close(): Promise<void>;
}

/** How long a closing server waits for running commands. */
const CLOSE_GRACE_MS = 5000;
/** How long the clients of a failed write have to receive their answers. */
const FATAL_DELAY_MS = 50;

/**
 * Starts a server on a folder.
 * @throws Error naming the setting when the port is taken, the folder in use, the address not local, or the file unreadable
 */
export async function startEmbeddedMongo(options: EmbeddedMongoOptions): Promise<EmbeddedMongo> {
  const dir = resolve(options.dir);
  const address = listenAddress(options);
  const credentials = options.password === undefined ? undefined : await deriveCredentials(options.password);
  makeFolder(dir);
  const unlock = await lockDirectory(dir);
  try {
    const storage = await openChecked(dir);
    const state: ServerState = {
      storage,
      cursors: createCursors(),
      startedAt: Date.now(),
      connections: 0,
      active: 0,
      failed: (error) => connections.failed(error),
    };
    const connections = createConnections(state, credentials, options.onFatal ?? reportFatal);
    const server = createServer({ noDelay: true }, connections.serve);
    limitConnections(server);
    try {
      await listen(server, address, options);
    } catch (error) {
      await storage.close();
      throw error;
    }
    return {
      uri: uriOf(server, options),
      async close() {
        const closed = once(server, 'close');
        server.close();
        await connections.close();
        await closed;
        state.cursors.close();
        await storage.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Makes a folder and those above it, step by step: `mkdir` of Node.js does not come back from some impossible ones. */
function makeSteps(dir: string): void {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(dir) !== dir) makeSteps(dirname(dir));
  mkdirSync(dir, { mode: 0o700 });
}

function makeFolder(dir: string): void {
  try {
    makeSteps(dir);
  } catch (error) {
    throw new Error(`The data folder ${dir} cannot be made: ${(error as Error).message}`);
  }
}

/** Descriptors that are not for connections. */
const RESERVED_FILES = 32;

/** Leaves room for the data below the system's limit of open files, where it can be read; beyond it sockets would close without a word. */
function limitConnections(server: Server): void {
  if (!existsSync('/proc/self/limits')) return;
  const files = Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
  if (!(files > 0)) return;
  server.maxConnections = Math.max(1, files - RESERVED_FILES);
  server.once('drop', () => {
    console.error(`no more than ${server.maxConnections} connections: the limit of open files (ulimit -n) is ${files}`);
  });
}

/** What the system says when it forbids something. */
const FORBIDDEN = /permission denied|read-only|not permitted|EACCES|EROFS|EPERM/i;

/** Opens the data; whatever goes wrong in there is told with the file's name. */
async function openChecked(dir: string): Promise<Storage> {
  try {
    const storage = openStorage(dir);
    // What a crash left of what was dropped.
    await storage.purgeDropped();
    return storage;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const file = dataFile(dir);
    if (FORBIDDEN.test(message)) {
      throw new Error(`${dir} and the files in it have to be readable and writable for this user: ${message}`);
    }
    throw message.includes(file) ? error : new Error(`${file} cannot be opened: ${message}`, { cause: error });
  }
}

function reportFatal(error: Error): void {
  console.error(error);
}

function listenAddress({ port = 0, host = '127.0.0.1', socketPath }: EmbeddedMongoOptions): ListenOptions {
  if (socketPath !== undefined) return { path: resolve(socketPath) };
  if (host !== 'localhost' && host !== '::1' && !(isIP(host) === 4 && host.startsWith('127.'))) {
    throw new Error(`host ${host} is not a loopback address; the embedded server does not encrypt and stays local.`);
  }
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new Error(`port ${port} is not a number from 0 to 65535.`);
  return { port, host };
}

async function listen(
  server: Server,
  address: ListenOptions,
  { port, socketPath }: EmbeddedMongoOptions,
): Promise<void> {
  // The folder's lock tells that no server of ours lives, so a socket file that is there is left over.
  if (address.path !== undefined && existsSync(address.path)) unlinkSync(address.path);
  server.listen(address);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(`port ${port} is already in use; choose another with --port.`);
  }
  if (socketPath !== undefined) chmodSync(resolve(socketPath), 0o600);
}

function uriOf(server: Server, { host = '127.0.0.1', socketPath }: EmbeddedMongoOptions): string {
  if (socketPath !== undefined) return `mongodb://${encodeURIComponent(resolve(socketPath))}/?directConnection=true`;
  const { port } = server.address() as AddressInfo;
  return `mongodb://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The connections of one server: each serves its requests one after the other. */
function createConnections(state: ServerState, credentials: Credentials | undefined, onFatal: (error: Error) => void) {
  const sockets = new Set<Socket>();
  const running = new Set<Promise<unknown>>();
  let closing = false;
  let failed = false;
  let lastConnectionId = 0;

  /** A write that was not stored, which ends the server, or a defect: both are answered. */
  function failure(error: unknown): Buffer {
    const stored = !(error instanceof StorageFailure);
    if (stored) console.error(error);
    if (!stored && !failed) {
      failed = true;
      // The other commands of the same commit get their answers first.
      setTimeout(() => onFatal(error), FATAL_DELAY_MS);
    }
    const message = error instanceof Error ? error.message : String(error);
    return errorReply(new CommandError(stored ? 1 : error.code, message));
  }

  async function execute(request: Request, connection: Connection): Promise<Buffer> {
    if (closing || failed) return errorReply(new CommandError(91, 'The server is shutting down'));
    const execution = executeCommand(state, request, connection).catch(failure);
    running.add(execution);
    try {
      return await execution;
    } finally {
      running.delete(execution);
    }
  }

  async function answer(socket: Socket, request: Request, connection: Connection): Promise<void> {
    const reply = await execute(request, connection);
    if (!request.wantsReply || !socket.writable) return;
    if (!socket.write(buildReply(request, reply))) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
  }

  async function serveMessages(socket: Socket): Promise<void> {
    const connection: Connection = {
      connectionId: ++lastConnectionId,
      peer: `${socket.remoteAddress ?? 'unix'}:${socket.remotePort ?? 0}`,
      access: createAccess(credentials),
      isGone: false,
    };
    // Also while a command runs, which nobody waits for any more.
    socket.on('close', () => {
      connection.isGone = true;
    });
    let chunks: Buffer[] = [];
    let held = 0;
    let needed = 4;
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      held += chunk.length;
      if (held < needed) continue;
      let received = chunks.length === 1 ? chunk : Buffer.concat(chunks);
      for (;;) {
        const length = messageLength(received, connection.access.granted);
        if (length === 0) break;
        const request = readRequest(socket, received.subarray(0, length));
        if (request !== undefined) await answer(socket, request, connection);
        if (connection.access.isSpent) socket.end();
        if (!socket.writable) return;
        received = received.subarray(length);
      }
      chunks = [received];
      held = received.length;
      needed = held >= 4 ? received.readInt32LE(0) : 4;
    }
  }

  return {
    failed: failure,

    serve(socket: Socket): void {
      sockets.add(socket);
      state.connections++;
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        state.connections--;
      });
      // What goes wrong here is the socket's end, or bytes that are no message.
      serveMessages(socket).catch(() => socket.destroy());
    },

    async close(): Promise<void> {
      closing = true;
      await Promise.race([Promise.allSettled(running), delay(CLOSE_GRACE_MS, undefined, { ref: false })]);
      for (const socket of sockets) socket.end();
      await Promise.race([Promise.allSettled([...sockets].map((socket) => once(socket, 'close'))), delay(100)]);
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Parses a message. A malformed one is answered; its frame tells where the next one begins. */
function readRequest(socket: Socket, message: Buffer): Request | undefined {
  try {
    return parseMessage(message);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const origin = { requestId: message.readInt32LE(4), legacyDatabase: undefined };
    socket.write(buildReply(origin, errorReply(error)));
    return undefined;
  }
}
