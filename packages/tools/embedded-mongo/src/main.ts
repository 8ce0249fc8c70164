import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startEmbeddedMongo } from './server.js';

/**
 * The server as a process of its own:
 * `main.js --dir <folder> [--port <n>] [--host <address>] [--socket <path>] [--password-file <file>]`. Without that file, the
 * password is that of MONGO_INITDB_ROOT_PASSWORD, as for the image of MongoDB.
 */

function exitWith(message: string): never {
  console.error(`embedded-mongo: ${message}`);
  process.exit(1);
}

function fatal(error: unknown): never {
  return exitWith(`stopping: ${error instanceof Error ? error.message : String(error)}`);
}

function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    return exitWith(`--password-file ${file} cannot be read: ${(error as Error).message}`);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      dir: { type: 'string' },
      port: { type: 'string', default: '27017' },
      host: { type: 'string', default: '127.0.0.1' },
      socket: { type: 'string' },
      'password-file': { type: 'string' },
    },
  });
  if (!/^\d+$/.test(values.port)) exitWith(`--port ${values.port} is not a number from 0 to 65535.`);
  if (values.dir === undefined) exitWith('--dir is missing: the folder for the data.');
  const passwordFile = values['password-file'];
  const password =
    passwordFile === undefined ? process.env.MONGO_INITDB_ROOT_PASSWORD || undefined : readPassword(passwordFile);
  // What the server writes is for its user alone, whatever folder it was given.
  process.umask(0o077);
  const server = await startEmbeddedMongo({
    dir: values.dir,
    port: Number(values.port),
    host: values.host,
    ...(values.socket !== undefined && { socketPath: values.socket }),
    // Never on the command line, which every user of the machine can read.
    ...(password !== undefined && { password }),
    onFatal: fatal,
  });
  // lmdb reports a failed commit a second time, to nobody; the clients get their answers before the process ends.
  process.on('unhandledRejection', (error) => setTimeout(() => fatal(error), 500));
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    server.close().then(
      () => process.exit(0),
      (error) => exitWith(`could not stop cleanly: ${error}`),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // Last, so that whoever waits for this line may stop the server at once.
  console.log(`listening on ${server.uri}`);
}

main().catch((error) => exitWith(error instanceof Error ? error.message : String(error)));
