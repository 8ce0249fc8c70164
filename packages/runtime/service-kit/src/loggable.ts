/** Bounds of one log line: what is logged may be a socket, or the whole of a driver. */
const MAX_DEPTH = 8;
const MAX_ENTRIES = 100;
const MAX_VALUES = 2000;
const MAX_TEXT = 16_384;

/** What clients hang on their errors: token, body and socket of an HTTP call, arguments of a Redis command, a password among them. */
const WHOLE_CALLS = new Set(['request', 'response', 'config', 'socket', 'agent', 'command']);

/** What is shown of a request or an answer of the web server, which hold bodies and sockets. */
const SERVED = ['method', 'url', 'statusCode'];

const CREDENTIALS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // A password that nobody escaped may hold anything.
  [/\b((?:mongodb(?:\+srv)?|rediss?):\/\/)[^\s"']*@/gi, '$1***@'],
  [/\b(\w+:\/\/)[^\s/]*@/g, '$1***@'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 ***'],
  [/([?&](?:\w*token|\w*api_?key|password|secret)=)[^&\s"'#]*/gi, '$1***'],
];

/** Replaces the password of each connection string in a text, and each token of a header or an address. */
export function withoutCredentials(text: string): string {
  return CREDENTIALS.reduce((changed, [pattern, replacement]) => changed.replace(pattern, replacement), text);
}

interface Visit {
  isSecret: (name: string) => boolean;
  /** Values that may still be shown. */
  left: number;
  /** What the value stands in. */
  around: object[];
}

/** A text without credentials; one that is too long ends before the address in whose middle it would be cut. */
function shownText(text: string): string {
  if (text.length <= MAX_TEXT) return withoutCredentials(text);
  const kept = text.slice(0, MAX_TEXT);
  const address = kept.lastIndexOf('://');
  const isCut = address !== -1 && !/\s/.test(kept.slice(address));
  return `${withoutCredentials(isCut ? kept.slice(0, address) : kept)}…`;
}

function shownEntries(object: object, names: readonly string[], visit: Visit): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const name of names.slice(0, MAX_ENTRIES)) {
    shown[name] = visit.isSecret(name) ? '***' : shownField(object, name, visit);
  }
  if (names.length > MAX_ENTRIES) shown['…'] = `${names.length - MAX_ENTRIES} more`;
  return shown;
}

/** Reading a field may throw: it may be a getter, or the trap of a proxy. */
function shownField(object: object, name: string, visit: Visit): unknown {
  try {
    return shownValue((object as Record<string, unknown>)[name], visit);
  } catch {
    return '[unreadable]';
  }
}

const ERROR_FIELDS = ['message', 'stack', 'cause', 'errors'];

function shownError(error: object, visit: Visit): Record<string, unknown> {
  const named = ERROR_FIELDS.filter((name) => name in error);
  const others = Object.keys(error).filter((name) => !WHOLE_CALLS.has(name) && !ERROR_FIELDS.includes(name));
  return { type: shownField(error, 'name', visit), ...shownEntries(error, [...named, ...others], visit) };
}

/** Whether a value is an error; a proxy that will not tell is none. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

function shownObject(object: object, visit: Visit): unknown {
  if (isError(object)) return shownError(object, visit);
  if ('raw' in object && 'log' in object) {
    const served = SERVED.filter((name) => name in object);
    return shownEntries(object, served, visit);
  }
  if (ArrayBuffer.isView(object) || object instanceof ArrayBuffer) return `[${object.byteLength} bytes]`;
  const { toJSON } = object as { toJSON?: unknown };
  if (typeof toJSON === 'function') return shownValue(toJSON.call(object), visit);
  if (object instanceof Map) return shownValue(Object.fromEntries(object), visit);
  if (object instanceof Set) return shownValue([...object].slice(0, MAX_ENTRIES), visit);
  if (!Array.isArray(object)) return shownEntries(object, Object.keys(object), visit);
  const items = object.slice(0, MAX_ENTRIES).map((item) => shownValue(item, visit));
  return object.length > MAX_ENTRIES ? [...items, `… ${object.length - MAX_ENTRIES} more`] : items;
}

function shownValue(value: unknown, visit: Visit): unknown {
  visit.left -= 1;
  if (typeof value === 'string') return shownText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (visit.around.includes(value)) return '[circular]';
  if (visit.around.length >= MAX_DEPTH || visit.left <= 0) return '[…]';
  visit.around.push(value);
  try {
    return shownObject(value, visit);
  } catch {
    return '[unreadable]';
  } finally {
    visit.around.pop();
  }
}

/**
 * A copy of any value as plain JSON values, for a log line: without secrets, of bounded size, whatever is circular, throws
 * when it is read, or is no value of JSON.
 *
 * @param isSecret - whether a field of this name is not shown.
 */
export function loggable(value: unknown, isSecret: (name: string) => boolean): unknown {
  return shownValue(value, { isSecret, left: MAX_VALUES, around: [] });
}
