import { Writable } from 'node:stream';
import { isTracing, traceFields } from '@ecobalyse/telemetry';
import { type Logger, type LoggerOptions, pino } from 'pino';
import { build as pretty } from 'pino-pretty';
import { isError, loggable } from './loggable.js';
import type { Settings } from './setting-schemas.js';

export type { Logger } from 'pino';

/** Names of fields and headers whose values are secret, whatever stands before them and however it is written. */
const SECRET_FIELDS = ['authorization', 'cookie', 'token', 'password', 'apikey', 'secret'];

const comparable = (name: string) => name.toLowerCase().replaceAll(/[-_]/g, '');

function secretNames(extra: readonly string[]): (name: string) => boolean {
  const names = [...SECRET_FIELDS, ...extra].map(comparable);
  return (name) => names.some((secret) => comparable(name).endsWith(secret));
}

/** The arguments of a call of the logger as values that no line breaks on. */
function safeArguments([first, ...rest]: readonly unknown[], isSecret: (name: string) => boolean): unknown[] {
  const others = rest.map((value) => loggable(value, isSecret));
  const fields = loggable(first, isSecret);
  if (!isError(first)) return [fields, ...others];
  return [{ err: fields }, ...(rest.length > 0 ? others : [(fields as { message?: unknown }).message])];
}

/** What is kept for a reader who does not read; lines beyond are left out. */
const MOST_WAITING_BYTES = 1_000_000;

/** What cannot be written has no reader. */
const unread = () => undefined;

/**
 * The standard output, on which nothing ever waits: a terminal stopped by Ctrl-S, a launcher that was suspended or has
 * ended, or a full disk must not hold up a service.
 *
 * @param onLeftOut - told how many lines were left out, once there is room again.
 */
function createOutput(onLeftOut: (lines: number) => void): Writable {
  // Once for all loggers of a process.
  process.stdout.off('error', unread).on('error', unread);
  let leftOut = 0;
  return new Writable({
    decodeStrings: false,
    write(line, _encoding, done) {
      if (process.stdout.writableLength > MOST_WAITING_BYTES) leftOut++;
      else {
        process.stdout.write(line);
        const lines = leftOut;
        leftOut = 0;
        if (lines > 0) onLeftOut(lines);
      }
      done();
    },
  });
}

/**
 * The process's logger: JSON lines, or short text lines for people.
 *
 * @param redact - further names of fields and headers whose values are secret.
 */
export function createLogger(
  name: string,
  settings: Settings<'LOG_LEVEL' | 'LOG_FORMAT'>,
  redact: readonly string[] = [],
): Logger {
  const isSecret = secretNames(redact);
  const options: LoggerOptions = {
    name,
    level: settings.LOG_LEVEL,
    // Finds the trace of a line, and the lines of a trace.
    mixin: () => (isTracing() ? traceFields() : {}),
    hooks: {
      // Before anything of pino reads them.
      logMethod(given, method) {
        Reflect.apply(method, this, safeArguments(given, isSecret));
      },
    },
    // What an error is shown as is decided already; that of pino would not take it for one.
    serializers: { err: (shown: unknown) => shown },
  };
  const output = createOutput((lines) => logger.warn({ lines }, 'lines of the log were left out: nobody read it'));
  const logger =
    settings.LOG_FORMAT === 'json'
      ? pino(options, output)
      : pino(
          options,
          pretty({ colorize: false, singleLine: true, destination: output, ignore: 'pid,hostname,name,time' }),
        );
  return logger;
}
