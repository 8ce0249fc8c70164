import { documentValue, readInt32, type Value, validateDocument } from '../bson/values.js';
import { fail } from '../errors.js';

/** MongoDB's wire protocol: OP_MSG, and the OP_QUERY of the first handshake. */

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HEADER_BYTES = 16;
export const MAX_MESSAGE_BYTES = 48_000_000;
/** Who is not logged in yet has little to say: strangers cannot fill the memory. */
const MAX_STRANGER_BYTES = 64 * 1024;
/** The sender wants no reply. Bits 0 to 15 of the flags are required: a server that does not know one must refuse the message. */
const MORE_TO_COME = 2;

/** A request as it arrived. */
export interface Request {
  readonly requestId: number;
  /** The command document. */
  readonly body: Value;
  /** Documents that came beside the body, by the name of the field they stand for. */
  readonly sequences: ReadonlyMap<string, readonly Buffer[]>;
  /** OP_QUERY: the reply is an OP_REPLY, and `database` is not in the body. */
  readonly legacyDatabase: string | undefined;
  readonly wantsReply: boolean;
}

/**
 * Takes the next whole message from received bytes.
 * @param isKnown whether the sender is logged in
 * @returns its length, or 0 when more bytes are needed
 * @throws CommandError 22 for an impossible length
 */
export function messageLength(received: Buffer, isKnown: boolean): number {
  if (received.length < 4) return 0;
  const length = readInt32(received, 0);
  const limit = isKnown ? MAX_MESSAGE_BYTES + HEADER_BYTES * 2 : MAX_STRANGER_BYTES;
  if (length < HEADER_BYTES || length > limit) {
    fail(22, `a message has an impossible length of ${length} bytes`);
  }
  return received.length < length ? 0 : length;
}

/**
 * Parses one message; every document in it is validated.
 * @throws CommandError 22 for malformed bytes, 352 for an unsupported operation
 */
export function parseMessage(message: Buffer): Request {
  if (message.length < HEADER_BYTES) fail(22, 'a message is shorter than its header');
  const requestId = readInt32(message, 4);
  const opCode = readInt32(message, 12);
  if (opCode === OP_QUERY) return parseQuery(message, requestId);
  if (opCode !== OP_MSG) fail(352, `Unsupported operation code ${opCode}`);
  return parseMsg(message, requestId);
}

function parseQuery(message: Buffer, requestId: number): Request {
  const nameEnd = message.indexOf(0, HEADER_BYTES + 4);
  if (nameEnd === -1 || nameEnd + 9 > message.length) fail(22, 'OP_QUERY is cut short');
  const namespace = message.toString('utf8', HEADER_BYTES + 4, nameEnd);
  if (!namespace.endsWith('.$cmd')) fail(352, 'Unsupported OP_QUERY: only commands of the handshake are understood');
  const start = nameEnd + 9;
  const end = validateDocument(message, start, message.length);
  return {
    requestId,
    body: documentValue(message.subarray(start, end)),
    sequences: new Map(),
    legacyDatabase: namespace.slice(0, -'.$cmd'.length),
    wantsReply: true,
  };
}

function parseMsg(message: Buffer, requestId: number): Request {
  if (message.length < HEADER_BYTES + 5) fail(22, 'OP_MSG is cut short');
  const flags = readInt32(message, HEADER_BYTES);
  if ((flags & 0xffff & ~MORE_TO_COME) !== 0) fail(22, `OP_MSG has unknown required flags ${flags & 0xffff}`);
  const end = message.length;
  let body: Value | undefined;
  const sequences = new Map<string, Buffer[]>();
  let at = HEADER_BYTES + 4;
  while (at < end) {
    const kind = message[at++];
    if (kind === 0) {
      if (body !== undefined) fail(22, 'OP_MSG has two bodies');
      const stop = validateDocument(message, at, end);
      body = documentValue(message.subarray(at, stop));
      at = stop;
    } else if (kind === 1) {
      at = parseSequence(message, at, end, sequences);
    } else {
      fail(22, `OP_MSG has a section of unknown kind ${kind}`);
    }
  }
  if (body === undefined) return fail(22, 'OP_MSG has no body');
  return {
    requestId,
    body,
    sequences,
    legacyDatabase: undefined,
    wantsReply: (flags & MORE_TO_COME) === 0,
  };
}

function parseSequence(message: Buffer, start: number, limit: number, sequences: Map<string, Buffer[]>): number {
  const size = start + 4 <= limit ? readInt32(message, start) : 0;
  const end = start + size;
  const nameEnd = message.indexOf(0, start + 4);
  if (size < 5 || end > limit || nameEnd === -1 || nameEnd >= end) fail(22, 'an OP_MSG sequence is cut short');
  const name = message.toString('utf8', start + 4, nameEnd);
  if (sequences.has(name)) fail(22, `OP_MSG has two sequences '${name}'`);
  const documents: Buffer[] = [];
  let at = nameEnd + 1;
  while (at < end) {
    const stop = validateDocument(message, at, end);
    documents.push(message.subarray(at, stop));
    at = stop;
  }
  sequences.set(name, documents);
  return end;
}

let lastRequestId = 0;

/** Builds the message that answers a request. */
export function buildReply(request: Pick<Request, 'requestId' | 'legacyDatabase'>, reply: Buffer): Buffer {
  lastRequestId = (lastRequestId + 1) | 0;
  const legacy = request.legacyDatabase !== undefined;
  const prefix = HEADER_BYTES + (legacy ? 20 : 5);
  const message = Buffer.allocUnsafe(prefix + reply.length).fill(0, 0, prefix);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(lastRequestId, 4);
  message.writeInt32LE(request.requestId, 8);
  message.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12);
  // OP_REPLY: flags 8 (await capable), cursor 0, start 0, one document. OP_MSG: no flags, then section kind 0.
  if (legacy) {
    message.writeInt32LE(8, 16);
    message.writeInt32LE(1, 32);
  }
  reply.copy(message, prefix);
  return message;
}
