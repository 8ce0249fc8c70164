import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { named } from './error-codes.js';
import type { HttpService } from './http-service-type.js';
import { lingeringClose } from './lingering-close.js';
import { SECURITY_HEADERS, secure } from './security-headers.js';

/** What is asked for cannot be done in the present state; the message says why. */
export class ConflictError extends Error {}

/** Nothing in the database fits the request; the message says what was looked for. */
export class DocumentNotFoundError extends Error {
  constructor(message = 'Document not found') {
    super(message);
  }
}

/** What is answered to an error that a service knows; of several that fit the first. */
export interface FailureAnswer {
  when(error: unknown): boolean;
  status: number;
  /** Name for programs, which stays the same; it goes out in the header `x-error-code`, and into the log. */
  code: string;
  /** What people are told; the error's own message when it is not given. */
  detail?: string;
  /** Seconds after which to try again. */
  retryAfter?: number;
}

/** Error of a class, as a row of the table wants it. */
export const isA =
  (kind: abstract new (...parts: never[]) => unknown) =>
  (error: unknown): boolean =>
    error instanceof kind;

const KNOWN: readonly FailureAnswer[] = [
  { when: isA(DocumentNotFoundError), status: 404, code: 'not_found' },
  { when: isA(ConflictError), status: 409, code: 'conflict' },
];

const CONTEXTS: Readonly<Record<string, string>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
};

interface Fault {
  loc: (string | number)[];
  msg: string;
  type: string;
}

function faultsOf(error: FastifyError): Fault[] {
  const context = CONTEXTS[error.validationContext ?? ''] ?? 'body';
  return (error.validation ?? []).map(({ instancePath, keyword, message }) => ({
    loc: [
      context,
      ...instancePath
        .split('/')
        .filter((part) => part !== '')
        .map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
    ],
    msg: message ?? 'invalid value',
    type: keyword,
  }));
}

/** Bodies that could not even be read, by Fastify's error code. */
const UNREADABLE_BODIES: Readonly<Record<string, Fault>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: { loc: ['body'], msg: 'expected valid JSON', type: 'json_invalid' },
  JSON_TOO_DEEP: {
    loc: ['body'],
    msg: 'expected JSON of at most 64 levels, with lists of at most 10000 elements',
    type: 'too_deep',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: { loc: ['body'], msg: 'expected a JSON body', type: 'missing' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    loc: ['body'],
    msg: 'expected a JSON body, with the header content-type: application/json',
    type: 'media_type',
  },
  BODY_ENCODING: { loc: ['body'], msg: 'expected a body as its header content-encoding says', type: 'encoding' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    loc: ['body'],
    msg: 'expected as many bytes as content-length says',
    type: 'length',
  },
};

function answer(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  failures: readonly FailureAnswer[],
): FastifyReply {
  if (hasZodFastifySchemaValidationErrors(error)) return reply.code(422).send({ detail: faultsOf(error) });
  const unreadable =
    UNREADABLE_BODIES[error.code] ??
    (error.name === 'SyntaxError' && error.statusCode === 400
      ? UNREADABLE_BODIES.FST_ERR_CTP_INVALID_JSON_BODY
      : undefined);
  if (unreadable) return reply.code(422).send({ detail: [unreadable] });
  const known = failures.find(({ when }) => when(error));
  if (known) {
    const { status, code, detail = error.message, retryAfter } = known;
    // What passes by itself is not worth waking anybody.
    if (status >= 500) request.log[retryAfter === undefined ? 'error' : 'warn']({ err: error, code }, 'request failed');
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
    return named(reply.code(status), code).send({ detail });
  }
  const status = error.statusCode ?? 500;
  if (status < 500) return reply.code(status).send({ detail: error.message });
  request.log.error({ err: error }, 'request failed');
  return reply.code(500).send({ detail: 'Internal Server Error' });
}

/** Gives every error an answer of the contract's shape, without internals. */
export function answerErrors(
  app: Pick<HttpService, 'setErrorHandler'>,
  ofService: readonly FailureAnswer[] = [],
): void {
  const failures = [...ofService, ...KNOWN];
  app.setErrorHandler<FastifyError>((error, request, reply) =>
    answer(error, request as FastifyRequest, reply as FastifyReply, failures),
  );
}

/** Answers a URL whose path cannot be decoded, or has too long a part; no hook sees such a request. */
export function answerUnreadableUrl(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const msg =
    error.code === 'FST_ERR_BAD_URL'
      ? 'expected a path of percent-encoded UTF-8'
      : 'expected a shorter or simpler path';
  named(secure(request, reply), 'invalid_url')
    .code(422)
    .send({ detail: [{ loc: ['path'], msg, type: 'url_invalid' }] });
}

/** Statuses of requests that Node's parser gives up on, by its error code. */
const UNPARSED: Readonly<Record<string, readonly [line: string, detail: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers are too long'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request took too long to come'],
};

/** Answers what is no HTTP request; there is nothing else left to do with its connection. */
export function answerUnreadableRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  const { _httpMessage: begun } = socket as Socket & { _httpMessage?: ServerResponse };
  // Within another answer this one would be taken for a part of it.
  if (error.code === 'ECONNRESET' || begun?.headersSent) return void socket.destroy();
  const [line, detail] = UNPARSED[error.code ?? ''] ?? ['400 Bad Request', 'This is no HTTP request'];
  const body = JSON.stringify({ detail });
  const headers = {
    ...SECURITY_HEADERS,
    'x-request-id': randomUUID(),
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    connection: 'close',
  };
  const head = [`HTTP/1.1 ${line}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  // Node.js's parser complains again about whatever else comes.
  lingeringClose(socket, `${head.join('\r\n')}\r\n\r\n${body}`);
}
