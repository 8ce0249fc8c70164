import type { Pace } from '../pace.js';
import type { Storage } from '../storage/records.js';
import type { Access } from '../wire/access.js';
import type { Cursors } from '../wire/cursors.js';
import type { Request } from '../wire/messages.js';
import type { Reply } from '../wire/reply.js';
import type { Arguments } from './arguments.js';

/** What all commands of one server share. */
export interface ServerState {
  readonly storage: Storage;
  readonly cursors: Cursors;
  readonly startedAt: number;
  connections: number;
  /** Commands that run. */
  active: number;
  /** Is told what went wrong beside the commands. */
  readonly failed: (error: unknown) => void;
}

/** Who asks. */
export interface Connection {
  readonly connectionId: number;
  readonly peer: string;
  readonly access: Access;
  /** Whether the client has hung up. */
  isGone: boolean;
}

/** One call of a command. */
export interface Call {
  readonly connection: Connection;
  readonly server: ServerState;
  readonly args: Arguments;
  readonly database: string;
  readonly request: Request;
  readonly pace: Pace;
}

/** A command: the fields it understands, and what it does. */
export interface Command {
  /** Carried out before the login too. */
  readonly open?: true;
  readonly fields: readonly string[] | 'any';
  /** Gives the reply's fields, or the ready-made reply. */
  readonly run: (call: Call) => Promise<Reply | Buffer> | Reply;
}
