import { Server } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { HttpService } from './http-service.js';

/** A connection on which nothing was asked for so long is idle. */
const DRAIN_MS = 300;
const POLL_MS = 20;

/**
 * Closes without dropping a request. No more connections are taken, but those that are open are answered for a moment
 * longer, and every answer tells its client that the connection ends: one that is closed while its client is sending on it
 * would lose that request. Then idle connections are closed, and what is under way is answered.
 */
export function drainOnClose(app: Pick<HttpService, 'addHook' | 'server'>): void {
  let closing = false;
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
  // An answer whose headers were sent before leaves its connection open.
  app.addHook('onResponse', (_request, _reply, done) => {
    if (closing) setImmediate(() => app.server.closeIdleConnections());
    done();
  });
  app.addHook('preClose', async () => {
    closing = true;
    if (!app.server.listening) return;
    // That of an HTTP server would close idle connections at once.
    Server.prototype.close.call(app.server);
    const connections = () =>
      new Promise<number>((resolve) => app.server.getConnections((_error, count) => resolve(count)));
    const until = performance.now() + DRAIN_MS;
    while (performance.now() < until && (await connections()) > 0) await wait(POLL_MS);
  });
}
