import type { Settings } from '@ecobalyse/schema';
import { isTracing, traceFields } from '@ecobalyse/telemetry';
import { type Logger, pino } from 'pino';
import { build as pretty } from 'pino-pretty';

export type { Logger } from 'pino';

/** Where a secret can stand in a logged object. */
const SECRET_FIELDS = ['authorization', 'cookie', 'token', 'password', 'apiKey', 'api_key', 'access_token', 'API_KEY'];

function redactionPaths(extra: readonly string[]): string[] {
  return [...SECRET_FIELDS, ...extra].flatMap((name) => [
    `["${name}"]`,
    `*["${name}"]`,
    `*.*["${name}"]`,
    `req.headers["${name.toLowerCase()}"]`,
  ]);
}

/** Replaces the password of each connection string in a text. */
export function withoutCredentials(text: string): string {
  return text.replace(/(\w+:\/\/)[^\s/]*@/g, '$1***@');
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
  const options = {
    name,
    level: settings.LOG_LEVEL,
    // Finds the trace of a line, and the lines of a trace.
    mixin: () => (isTracing() ? traceFields() : {}),
    redact: { paths: redactionPaths(redact), censor: '***' },
    serializers: {
      err: (error: unknown) => {
        const plain = error instanceof Error ? pino.stdSerializers.err(error) : error;
        return JSON.parse(withoutCredentials(JSON.stringify(plain)));
      },
    },
  };
  if (settings.LOG_FORMAT === 'json') return pino(options);
  return pino(options, pretty({ colorize: false, singleLine: true, sync: true, ignore: 'pid,hostname,name,time' }));
}
