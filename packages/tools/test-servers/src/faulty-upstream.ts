import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const RESTART_MS = 150;

/** What is between a client and the simulator, and what is wrong with it. */
export interface FaultyUpstream {
  readonly apiUrl: string;
  /** Answers 500 to everything. */
  isAway: boolean;
  /** Requests after which it restarts, again and again; 0 for never. */
  restartAfter: number;
  /** How often it has restarted. */
  readonly restarts: number;
  /** Answers 500 to requests whose body holds this text. */
  failsOn: string | null;
  /** Breaks off the connections of so many requests whose body holds this text. */
  breaksOff: { text: string; times: number };
  /** Without any fault again. */
  mend(): void;
  close(): void;
}

/** Starts a server that hands everything on to an Ecobalyse API, but for the faults it is told to have. */
export async function startFaultyUpstream(apiUrl: string): Promise<FaultyUpstream> {
  const { hostname: host, port } = new URL(apiUrl);
  const sound = () => ({ isAway: false, restartAfter: 0, failsOn: null, breaksOff: { text: '', times: 0 } });
  let requests = 0;
  let restarts = 0;

  const server = createServer(async (incoming, outgoing) => {
    requests += 1;
    const { restartAfter, breaksOff, failsOn, isAway } = upstream;
    if (restartAfter > 0 && server.listening && requests % restartAfter === 0) return restart();
    const chunks: Buffer[] = await incoming.toArray().catch(() => []);
    const body = Buffer.concat(chunks);
    if (breaksOff.times > 0 && body.includes(breaksOff.text)) {
      breaksOff.times -= 1;
      return incoming.socket.destroy();
    }
    if (isAway || (failsOn !== null && body.includes(failsOn))) return outgoing.writeHead(500).end('{}');
    const { method, url, headers } = incoming;
    return request({ host, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode as number, answer.headers);
      answer.pipe(outgoing);
    }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;

  function restart(): void {
    restarts += 1;
    server.close();
    server.closeAllConnections();
    setTimeout(() => server.listen(own, '127.0.0.1'), RESTART_MS);
  }

  const upstream: FaultyUpstream = {
    apiUrl: `http://127.0.0.1:${own}/api`,
    ...sound(),
    get restarts() {
      return restarts;
    },
    mend: () => void Object.assign(upstream, sound()),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return upstream;
}
