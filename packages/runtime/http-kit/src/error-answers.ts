import { randomUUID } from 'node:crypto';
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { ERRORS, type ErrorCode, type ErrorRow, fill, inLanguage, type Language, type Words } from '@ecobalyse/schema';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { HttpService } from './http-service-type.js';
import { isOwnRoute, languageOf, tellLanguage } from './languages.js';
import { lingeringClose } from './lingering-close.js';
import { type Fault, fault, invalidRequest, RefusedError } from './refused-error.js';
import { SECURITY_HEADERS, secure } from './security-headers.js';

/** Which of the `ERRORS` is answered to an error that a service knows; of several that fit the first. */
export interface FailureAnswer {
  when(error: unknown): boolean;
  code: ErrorCode;
}

/** Error of a class, as a row of the table wants it. */
export const isA =
  (kind: abstract new (...parts: never[]) => unknown) =>
  (error: unknown): boolean =>
    error instanceof kind;

const ROWS: Readonly<Record<ErrorCode, ErrorRow>> = ERRORS;
const CODES = Object.keys(ERRORS) as ErrorCode[];
/** The code of an error of which no more is known than its status. */
const codeOfStatus = (status: number) => CODES.find((code) => ERRORS[code].status === status);

const HEADER = 'x-error-code';

/** Names the error that an answer tells of: a name stays the same, in whatever words and language people are told. */
export const named = (reply: FastifyReply, code: ErrorCode): FastifyReply => reply.header(HEADER, code);

/** Names the error of every answer that tells of one, also of those whose bodies the contract fixes. */
export function nameErrors(app: Pick<FastifyInstance, 'addHook'>): void {
  app.addHook('onSend', (_request, reply, payload, done) => {
    const code = reply.statusCode < 400 || reply.hasHeader(HEADER) ? undefined : codeOfStatus(reply.statusCode);
    if (code !== undefined) named(reply, code);
    done(null, payload);
  });
}

/** Parts of a request that are checked: as Fastify calls them, as the contract does, and where they are. */
const PARTS = {
  body: ['body', 'body'],
  querystring: ['query', 'query'],
  params: ['path', 'params'],
  headers: ['header', 'headers'],
} as const;

/** The faults that a schema found, in a language: only the schema has the words, so it looks again. */
function faultsOf(error: FastifyError, request: FastifyRequest, language: Language | undefined): Fault[] {
  const part = (error.validationContext ?? 'body') as keyof typeof PARTS;
  const [context, field] = PARTS[part];
  const check = request.getValidationFunction(part) as unknown as (value: unknown) => {
    error?: FastifyError['validation'];
  };
  const again = language && inLanguage(language, () => check(request[field])).error;
  return (again ?? error.validation ?? []).map(({ instancePath, keyword, message }) => ({
    loc: [
      context,
      ...instancePath
        .split('/')
        .filter((name) => name !== '')
        .map((name) => (/^\d+$/.test(name) ? Number(name) : name)),
    ],
    msg: message ?? 'invalid value',
    type: keyword,
  }));
}

const INVALID_JSON = fault('json_invalid', ['body']);
/** Bodies that could not even be read, by Fastify's error code. */
const UNREADABLE_BODIES: Readonly<Record<string, Fault>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: INVALID_JSON,
  JSON_TOO_DEEP: fault('too_deep', ['body']),
  FST_ERR_CTP_EMPTY_JSON_BODY: fault('missing', ['body']),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: fault('media_type', ['body']),
  BODY_ENCODING: fault('encoding', ['body']),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: fault('length', ['body']),
};

/** What an error is answered with. */
function refusalOf(
  error: FastifyError,
  request: FastifyRequest,
  language: Language | undefined,
  failures: readonly FailureAnswer[],
): RefusedError {
  if (error instanceof RefusedError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(...faultsOf(error, request, language));
  const isSyntax = error.name === 'SyntaxError' && error.statusCode === 400;
  const unreadable = isSyntax ? INVALID_JSON : UNREADABLE_BODIES[error.code];
  if (unreadable) return invalidRequest(unreadable);
  const status = error.statusCode ?? 500;
  const known = failures.find(({ when }) => when(error))?.code;
  return new RefusedError(known ?? (status < 500 ? codeOfStatus(status) : undefined) ?? 'internal_error');
}

/** Answers an error: the contract's routes as it says, our own with its code and in the language of who asks. */
function answer(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  failures: readonly FailureAnswer[],
): FastifyReply {
  const language = isOwnRoute(request) ? languageOf(request) : undefined;
  const { refusal: code, values, faults } = refusalOf(error, request, language, failures);
  const row = ROWS[code];
  // What passes by itself is not worth waking anybody, and what was refused without a cause is no news.
  const level = row.retryAfter === undefined ? 'error' : 'warn';
  const isNews = row.status >= 500 && (!(error instanceof RefusedError) || error.cause !== undefined);
  if (isNews) request.log[level]({ err: error, code }, 'request failed');
  if (row.retryAfter !== undefined && !reply.hasHeader('retry-after')) reply.header('retry-after', row.retryAfter);
  // A handler that failed may have announced another type already.
  named(reply.code(row.status).type('application/json; charset=utf-8'), code);
  const said = (words: string | Words) => (typeof words === 'string' ? words : words[language ?? 'en']);
  const sentence = language === undefined ? (row.contract ?? row.en) : row[language];
  const detail = faults?.map(({ loc, msg, type }) => ({ loc, msg: said(msg), type })) ?? fill(sentence, values);
  if (language !== undefined) tellLanguage(reply, language);
  return reply.send({
    detail,
    ...(language !== undefined && { code }),
    ...(row.hint && { hint: said(row.hint) }),
  });
}

/** Gives every error its answer, without internals. */
export function answerErrors(app: Pick<HttpService, 'setErrorHandler'>, failures: readonly FailureAnswer[] = []): void {
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

/** Requests that Node's parser gives up on, by its error code. */
const UNPARSED: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_long',
  ERR_HTTP_REQUEST_TIMEOUT: 'too_slow',
};

/** Answers what is no HTTP request; there is nothing else left to do with its connection. */
export function answerUnreadableRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  const { _httpMessage: begun } = socket as Socket & { _httpMessage?: ServerResponse };
  // Within another answer this one would be taken for a part of it.
  if (error.code === 'ECONNRESET' || begun?.headersSent) return void socket.destroy();
  const code = UNPARSED[error.code ?? ''] ?? 'not_http';
  const { status, en: detail } = ERRORS[code];
  const body = JSON.stringify({ detail });
  const headers = {
    ...SECURITY_HEADERS,
    'x-request-id': randomUUID(),
    [HEADER]: code,
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    connection: 'close',
  };
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  // Node.js's parser complains again about whatever else comes.
  lingeringClose(socket, `${head.join('\r\n')}\r\n\r\n${body}`);
}
