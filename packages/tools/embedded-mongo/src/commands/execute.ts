import { elements, field, TYPE, text } from '../bson/values.js';
import { CommandError, fail } from '../errors.js';
import { createPace } from '../pace.js';
import type { Request } from '../wire/messages.js';
import { errorReply, okReply } from '../wire/reply.js';
import { ADMIN_COMMANDS } from './admin.js';
import { createArguments } from './arguments.js';
import { CATALOGUE_COMMANDS } from './catalogue.js';
import type { Command, Connection, ServerState } from './command.js';
import { READ_COMMANDS } from './read.js';
import { WRITE_COMMANDS } from './write.js';

const COMMANDS: Record<string, Command> = {
  ...ADMIN_COMMANDS,
  ...CATALOGUE_COMMANDS,
  ...READ_COMMANDS,
  ...WRITE_COMMANDS,
};

/** Names that have another spelling. */
const ALIASES: Record<string, string> = {
  ismaster: 'isMaster',
  buildinfo: 'buildInfo',
  findandmodify: 'findAndModify',
};

const TRANSACTIONS = new Set(['commitTransaction', 'abortTransaction']);

/**
 * Carries out one request.
 * @returns the reply's BSON; refusals are replies too
 * @throws whatever is no {@link CommandError}: the data may then no longer agree with what is in memory
 */
export async function executeCommand(server: ServerState, request: Request, connection: Connection): Promise<Buffer> {
  server.active++;
  try {
    const [first] = elements(request.body);
    if (first === undefined) return fail(59, 'an empty command');
    const name = ALIASES[first.name] ?? first.name;
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) return refuseUnknown(first.name);
    if (!connection.access.granted && !command.open) fail(13, `Command ${name} requires authentication`);
    if (request.legacyDatabase !== undefined && name !== 'isMaster' && name !== 'hello') {
      fail(352, `Unsupported OP_QUERY command: ${first.name}. The client driver may require an upgrade.`);
    }
    const args = createArguments(request.body, first.name, command.fields, request);
    const database = request.legacyDatabase ?? databaseOf(request);
    const reply = await command.run({
      server,
      args,
      database,
      request,
      connection,
      pace: createPace(args.deadline(), () => connection.isGone),
    });
    return Buffer.isBuffer(reply) ? reply : okReply(reply);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return errorReply(error);
  } finally {
    server.active--;
  }
}

function refuseUnknown(name: string): never {
  if (TRANSACTIONS.has(name)) return fail(20, 'Transactions are only allowed on a replica set member or mongos');
  return fail(59, `no such command: '${name}'`);
}

function databaseOf(request: Request): string {
  const value = field(request.body, Buffer.from('$db'));
  if (value?.type !== TYPE.string) return fail(40414, "BSON field 'OP_MSG.$db' is missing but a required field");
  const name = text(value);
  if (name === '' || Buffer.byteLength(name) > 63 || /[/\\. "$\0]/.test(name))
    fail(73, `Invalid database name: '${name}'`);
  return name;
}
