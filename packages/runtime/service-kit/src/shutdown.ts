import closeWithGrace from 'close-with-grace';
import { withoutCredentials } from './loggable.js';
import type { Logger } from './logger.js';

/** One thing to stop, with the name that a log line gives it. */
export type ShutdownStep = readonly [name: string, close: () => Promise<unknown>];

/**
 * Stops the process gracefully on SIGTERM, SIGINT or an unhandled error: each step after the one before it, so list
 * what takes work in first, and connections last. A step that fails does not keep the next from running. After
 * `timeoutMs`, or on a second signal, the process ends at once with exit code 1.
 */
export function stopGracefully(logger: Logger, timeoutMs: number, steps: readonly ShutdownStep[]): void {
  closeWithGrace(
    { delay: timeoutMs, logger: { error: (message: unknown) => logger.error(String(message)) } },
    async ({ signal, err }) => {
      if (err) logger.fatal({ err }, 'unhandled error: stopping');
      else logger.info(`${signal ?? 'end'}: stopping`);
      for (const [name, close] of steps) {
        await close().catch((error: unknown) => logger.error({ err: error }, `could not stop ${name}`));
      }
      logger.info('stopped');
    },
  );
}

/**
 * Runs a process's main function; an error at start is one clear line and exit code 1.
 */
export async function runMain(main: () => Promise<unknown>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`could not start: ${withoutCredentials(reason)}\n`);
    process.exit(1);
  }
}

/** Turns the error of a taken port, or of an address that is not ours, into one that names it and its setting. */
export function explainListenError(error: unknown, port: number, setting: string): Error {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') {
    return new Error(`port ${port} is taken by another program: stop it, or set ${setting} to a free port`);
  }
  if (code === 'EACCES')
    return new Error(`port ${port} may not be opened by this user: set ${setting} to one above 1023`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new Error(
      `${setting.replace('_PORT', '_HOST')}: expected an address of this machine (${(error as Error).message})`,
    );
  }
  return error instanceof Error ? error : new Error(String(error));
}
