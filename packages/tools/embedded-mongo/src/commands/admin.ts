import { arch, cpus, hostname, platform, totalmem } from 'node:os';
import { Long } from 'bson';
import { elements, MAX_DOCUMENT_BYTES, TYPE } from '../bson/values.js';
import { fail } from '../errors.js';
import { MAX_MESSAGE_BYTES } from '../wire/messages.js';
import type { Reply } from '../wire/reply.js';
import type { Call, Command } from './command.js';
import { MAX_WRITE_BATCH } from './write.js';

/** The server version whose behaviour this server presents. */
const VERSION = '7.0.0';
const WIRE_VERSION = 21;

/** The handshake; a standalone server without transactions. */
function hello({ args, connection, request }: Call): Reply {
  return {
    helloOk: true,
    ...(args.name === 'hello' ? { isWritablePrimary: true } : { ismaster: true, isWritablePrimary: true }),
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    maxWriteBatchSize: MAX_WRITE_BATCH,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    connectionId: connection.connectionId,
    minWireVersion: 0,
    maxWireVersion: WIRE_VERSION,
    readOnly: false,
    ...connection.access.greeting(request.body),
  };
}

function buildInfo(): Reply {
  return {
    version: VERSION,
    versionArray: [7, 0, 0, 0],
    gitVersion: 'none',
    // Tells a person, or a tool that asks, which server this is.
    modules: ['ecobalyse-embedded-mongo'],
    sysInfo: 'deprecated',
    bits: 64,
    debug: false,
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    storageEngines: ['lmdb'],
  };
}

function serverStatus({ server }: Call): Reply {
  const { rss, heapUsed } = process.memoryUsage();
  const seconds = (Date.now() - server.startedAt) / 1000;
  return {
    host: hostname(),
    version: VERSION,
    process: 'ecobalyse-embedded-mongo',
    pid: Long.fromNumber(process.pid),
    uptime: seconds,
    uptimeMillis: Long.fromNumber(Math.round(seconds * 1000)),
    localTime: new Date(),
    connections: { current: server.connections },
    globalLock: { activeClients: { total: server.active } },
    metrics: { cursor: { open: { total: server.cursors.openCount() } } },
    mem: { bits: 64, resident: Math.round(rss / 2 ** 20), heapUsed: Math.round(heapUsed / 2 ** 20) },
    storageEngine: { name: 'lmdb', persistent: true, supportsCommittedReads: true },
  };
}

function hostInfo(): Reply {
  return {
    system: {
      currentTime: new Date(),
      hostname: hostname(),
      cpuAddrSize: 64,
      memSizeMB: Math.round(totalmem() / 2 ** 20),
      numCores: cpus().length,
      cpuArch: arch(),
    },
    os: { type: platform() },
    extra: {},
  };
}

const PARAMETERS: Reply = { featureCompatibilityVersion: { version: '7.0' } };

function getParameter({ args, request }: Call): Reply {
  const all = args.value('getParameter')?.type === TYPE.string;
  const asked = elements(request.body).map(({ name }) => name);
  const found = Object.entries(PARAMETERS).filter(([name]) => all || asked.includes(name));
  return found.length > 0 ? Object.fromEntries(found) : fail(72, 'no option found to get');
}

function logout({ connection }: Call): Reply {
  connection.access.logout();
  return {};
}

/** Who is logged in: nobody on a server without a password, where everybody may do everything. */
function connectionStatus({ args, connection }: Call): Reply {
  const { access } = connection;
  const authenticatedUserRoles = access.users.map(({ db }) => ({ role: 'root', db }));
  const privileges = args.flag('showPrivileges') ? { authenticatedUserPrivileges: [] } : {};
  return { authInfo: { authenticatedUsers: access.users, authenticatedUserRoles, ...privileges } };
}

/** Commands about the server itself. */
export const ADMIN_COMMANDS: Record<string, Command> = {
  hello: { open: true, fields: 'any', run: hello },
  isMaster: { open: true, fields: 'any', run: hello },
  ping: { open: true, fields: [], run: () => ({}) },
  buildInfo: { open: true, fields: [], run: buildInfo },
  saslStart: {
    open: true,
    fields: 'any',
    run: ({ connection, database, request }) => connection.access.start(request.body, database),
  },
  saslContinue: {
    open: true,
    fields: 'any',
    run: ({ connection, request }) => connection.access.proceed(request.body),
  },
  logout: { open: true, fields: [], run: logout },
  serverStatus: { fields: 'any', run: serverStatus },
  hostInfo: { fields: [], run: hostInfo },
  getParameter: { fields: 'any', run: getParameter },
  getCmdLineOpts: { fields: [], run: () => ({ argv: [], parsed: {} }) },
  getLog: { fields: [], run: () => ({ totalLinesWritten: 0, log: [] }) },
  connectionStatus: { open: true, fields: ['showPrivileges'], run: connectionStatus },
  whatsmyuri: { open: true, fields: [], run: ({ connection }) => ({ you: connection.peer }) },
  // Sessions only tie cursors and transactions together; without transactions nothing has to be kept.
  endSessions: { fields: [], run: () => ({}) },
  refreshSessions: { fields: [], run: () => ({}) },
  killSessions: { fields: [], run: () => ({}) },
};
