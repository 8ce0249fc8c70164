import { Server } from 'node:net';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { HttpService } from './http-service-type.js';

const POLL_MS = 20;
/** Connections on which nothing was asked for so many looks in a row are idle: 300 ms, or longer on a busy machine. */
const IDLE_LOOKS = 15;
/** Looks at most, however much is asked for. */
const MAX_LOOKS = 150;
/** When nothing was under way at two looks in a row, what is still connected is not going to ask. */
const LAST_LOOK_MS = 250;

/** A turn of the event loop shorter than this leaves hardly a moment between its last accept and its end. */
const SHORT_TURN_MS = 1;
const MAX_TURNS = 100;

/**
 * Closes without dropping a request. No more connections are taken, but those that are open are answered for a moment
 * longer, and every answer tells its client that the connection ends: one that is closed while its client is sending on it
 * would lose that request. Then idle connections are closed, and what is under way is answered. At the end a log line says
 * what became of all that was accepted.
 */
export function drainOnClose(app: Pick<HttpService, 'addHook' | 'log' | 'server'>): void {
  const { server } = app;
  /** Nobody is let in any more; then, what is idle is closed. */
  let closing = false;
  let ending = false;
  let connections = 0;
  let requests = 0;
  let underWay = 0;
  let unanswered = 0;
  server.on('connection', () => {
    connections += 1;
  });
  app.addHook('onRequest', (_request, reply, done) => {
    const { raw } = reply;
    // Fastify says it as soon as it closes: the client's next connection would wait for a server that does not take it.
    if (!closing && raw.hasHeader('connection')) raw.removeHeader('connection');
    requests += 1;
    underWay += 1;
    // Also for an answer that is sent past Fastify, and for a client that goes away.
    raw.once('close', () => {
      underWay -= 1;
      if (!raw.writableFinished) unanswered += 1;
      // An answer whose headers were sent before leaves its connection open.
      if (ending) setImmediate(() => server.closeIdleConnections());
    });
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });

  /** Connections that wait to be accepted would be reset: closes after a turn that accepted none and was over at once. */
  async function stopListening(): Promise<void> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const [before, from] = [connections, performance.now()];
      await nextTurn();
      if (connections === before && performance.now() - from < SHORT_TURN_MS) break;
    }
    // That of an HTTP server would close idle connections at once.
    Server.prototype.close.call(server);
  }

  app.addHook('preClose', async () => {
    if (!server.listening) return;
    await stopListening();
    closing = true;
    const open = () => new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));
    let asked = requests;
    for (let look = 0, idle = 0; look < MAX_LOOKS && idle < IDLE_LOOKS && (await open()) > 0; look += 1) {
      await wait(POLL_MS);
      idle = requests === asked ? idle + 1 : 0;
      asked = requests;
    }
    ending = true;
    // A connection that never asked for anything does not count as idle to Node.js, and would hold the process back.
    let quiet = 0;
    const look = setInterval(() => {
      quiet = underWay === 0 ? quiet + 1 : 0;
      if (quiet === 2) server.closeAllConnections();
    }, LAST_LOOK_MS).unref();
    server.once('close', () => {
      clearInterval(look);
      app.log.info({ connections, requests, unanswered }, 'drained: every connection has ended');
    });
  });
}
