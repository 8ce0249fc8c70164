import { Server } from 'node:net';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { HttpService } from './http-service.js';

/** A connection on which nothing was asked for so long is idle. */
const DRAIN_MS = 300;
const POLL_MS = 20;
/** When nothing was under way at two looks in a row, what is still connected is not going to ask. */
const LAST_LOOK_MS = 250;

/**
 * Closes without dropping a request. No more connections are taken, but those that are open are answered for a moment
 * longer, and every answer tells its client that the connection ends: one that is closed while its client is sending on it
 * would lose that request. Then idle connections are closed, and what is under way is answered.
 */
export function drainOnClose(app: Pick<HttpService, 'addHook' | 'server'>): void {
  let closing = false;
  let underWay = 0;
  app.addHook('onRequest', (_request, _reply, done) => {
    underWay += 1;
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
  // An answer whose headers were sent before leaves its connection open.
  app.addHook('onResponse', (_request, _reply, done) => {
    underWay -= 1;
    if (closing) setImmediate(() => app.server.closeIdleConnections());
    done();
  });
  app.addHook('preClose', async () => {
    closing = true;
    if (!app.server.listening) return;
    // Connections that wait to be accepted are taken first: closing would reset them.
    await nextTurn();
    // That of an HTTP server would close idle connections at once.
    Server.prototype.close.call(app.server);
    const connections = () =>
      new Promise<number>((resolve) => app.server.getConnections((_error, count) => resolve(count)));
    const until = performance.now() + DRAIN_MS;
    while (performance.now() < until && (await connections()) > 0) await wait(POLL_MS);
    // A connection that never asked for anything does not count as idle to Node.js, and would hold the process back.
    let quiet = 0;
    const look = setInterval(() => {
      quiet = underWay === 0 ? quiet + 1 : 0;
      if (quiet === 2) app.server.closeAllConnections();
    }, LAST_LOOK_MS).unref();
    app.server.once('close', () => clearInterval(look));
  });
}
