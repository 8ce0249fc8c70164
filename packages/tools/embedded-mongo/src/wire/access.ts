import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Binary } from 'bson';
import { field, TYPE, text, type Value } from '../bson/values.js';
import { fail } from '../errors.js';
import type { Reply } from './reply.js';

/** Who may use a server that has a password: one user, who proves by SCRAM-SHA-256 (RFC 5802) that he knows it. */

/** The user of the password, in the database where MongoDB keeps its administrators. */
export const USER = { user: 'ecobalyse', db: 'admin' };
const MECHANISM = 'SCRAM-SHA-256';
/** As in MongoDB. */
const ITERATIONS = 15_000;
const NONCE_BYTES = 24;
const MAX_PAYLOAD_BYTES = 1024;
/** A connection that fails so often is closed. */
const MAX_FAILURES = 3;

/** What a server keeps of its password: worked out once, so that a login costs two hashes. */
export interface Credentials {
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

const hmac = (key: Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
const sha256 = (data: Buffer): Buffer => createHash('sha256').update(data).digest();

/** @throws Error for a password that clients could spell in several ways */
export async function deriveCredentials(password: string): Promise<Credentials> {
  if (!/^[ -~]{8,}$/.test(password)) {
    throw new Error('The password is not of 8 or more printable ASCII characters.');
  }
  const salt = randomBytes(28);
  const salted = await promisify(pbkdf2)(password, salt, ITERATIONS, 32, 'sha256');
  return { salt, storedKey: sha256(hmac(salted, 'Client Key')), serverKey: hmac(salted, 'Server Key') };
}

/** A login between its first message and its last. */
interface Conversation {
  readonly isUser: boolean;
  readonly clientFirst: string;
  readonly serverFirst: string;
  readonly nonce: string;
  proven: boolean;
}

function refuse(): never {
  return fail(18, 'Authentication failed.');
}

/** The text of a `payload`, which clients send as binary. */
function payloadOf(message: Value): string {
  const payload = field(message, Buffer.from('payload'));
  if (payload?.type !== TYPE.binary) return refuse();
  const bytes = payload.bytes.subarray(payload.start + 5, payload.end);
  return bytes.length > MAX_PAYLOAD_BYTES ? refuse() : bytes.toString();
}

export type Access = ReturnType<typeof createAccess>;

/** The login of one connection; without `credentials` everybody is let in. */
export function createAccess(credentials: Credentials | undefined) {
  let conversation: Conversation | undefined;
  let lastId = 0;
  let failures = 0;
  let granted = credentials === undefined;

  const step = (payload: string, done: boolean): Reply => ({
    conversationId: lastId,
    done,
    payload: new Binary(Buffer.from(payload)),
  });

  /** Runs one message of a login; whatever is wrong with it ends the login. */
  function attempt<T>(message: () => T): T {
    try {
      return message();
    } catch (error) {
      conversation = undefined;
      failures++;
      throw error;
    }
  }

  function start(message: Value, database: string, { salt }: Credentials): Reply {
    const mechanism = field(message, Buffer.from('mechanism'));
    if (mechanism?.type !== TYPE.string || text(mechanism) !== MECHANISM) {
      fail(18, `The embedded server knows the mechanism ${MECHANISM} only.`);
    }
    const [, clientFirst, user, clientNonce] =
      /^[ny],,(n=([^,]+),r=([!-+\--~]+))$/.exec(payloadOf(message)) ?? refuse();
    const nonce = `${clientNonce}${randomBytes(NONCE_BYTES).toString('base64')}`;
    conversation = {
      // A stranger learns at the end only that he is none, as if his password were wrong.
      isUser: user === USER.user && database === USER.db,
      clientFirst: clientFirst as string,
      serverFirst: `r=${nonce},s=${salt.toString('base64')},i=${ITERATIONS}`,
      nonce,
      proven: false,
    };
    lastId++;
    return step(conversation.serverFirst, false);
  }

  function proceed(message: Value, { storedKey, serverKey }: Credentials): Reply {
    const { isUser, clientFirst, serverFirst, nonce, proven } = conversation ?? refuse();
    const payload = payloadOf(message);
    if (proven) {
      conversation = undefined;
      granted = true;
      return step('', true);
    }
    const [, withoutProof, binding, echoed, proof] =
      /^(c=([A-Za-z0-9+/=]+),r=([!-+\--~]+)),p=([A-Za-z0-9+/=]+)$/.exec(payload) ?? refuse();
    const signed = `${clientFirst},${serverFirst},${withoutProof}`;
    const signature = hmac(storedKey, signed);
    const given = Buffer.from(proof as string, 'base64');
    if (given.length !== signature.length) refuse();
    const clientKey = given.map((byte, i) => byte ^ (signature[i] as number));
    const knows = timingSafeEqual(sha256(Buffer.from(clientKey)), storedKey);
    if (!knows || !isUser || echoed !== nonce || !/^(biws|eSws)$/.test(binding as string)) refuse();
    if (conversation) conversation.proven = true;
    // The client closes the exchange with an empty message.
    return step(`v=${hmac(serverKey, signed).toString('base64')}`, false);
  }

  return {
    /** Whether commands are carried out. */
    get granted(): boolean {
      return granted;
    },

    /** Whether the connection has failed too often to go on. */
    get isSpent(): boolean {
      return failures >= MAX_FAILURES;
    },

    /** The users that are logged in. */
    get users(): readonly (typeof USER)[] {
      return granted && credentials ? [USER] : [];
    },

    /** `saslStart`. @throws CommandError 18 */
    start(message: Value, database: string): Reply {
      const known =
        credentials ?? fail(18, 'The embedded server has no users: remove the credentials from the connection string.');
      return attempt(() => start(message, database, known));
    },

    /** `saslContinue`. @throws CommandError 18 */
    proceed(message: Value): Reply {
      const known = credentials ?? refuse();
      return attempt(() => proceed(message, known));
    },

    logout(): void {
      conversation = undefined;
      granted = credentials === undefined;
    },

    /** What a `hello` says of logins: the mechanisms, when asked for. */
    greeting(message: Value): Reply {
      const asked = credentials !== undefined && field(message, Buffer.from('saslSupportedMechs')) !== undefined;
      return asked ? { saslSupportedMechs: [MECHANISM] } : {};
    },
  };
}
