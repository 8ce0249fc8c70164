import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Longest wait for a client to stop sending after its last answer. */
const LINGER_MS = 5000;

/** Whether a request says that it has a body. */
export const hasBody = (headers: Record<string, unknown>): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';

/** Connections that had their last answer while their client may be sending still. */
const lingering = new WeakSet<Socket>();

/**
 * Ends a connection whose client may be sending still: what comes is read and thrown away until the client has ended too.
 * A connection that is closed on bytes that nobody read is reset, and the client may lose the answer that was on its way.
 */
export function lingeringClose(socket: Socket, lastWords = ''): void {
  if (lingering.has(socket)) return;
  lingering.add(socket);
  socket.end(lastWords);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}

/** Lets clients whose request is refused before its body has come read the answer, also when it is their connection's last. */
export function lingerOnRefusal(app: Pick<FastifyInstance, 'addHook'>): void {
  app.addHook('onRequest', ({ raw }, reply, done) => {
    const { socket } = raw;
    // Nobody would hear the answer: what it asks for must not happen.
    if (lingering.has(socket)) return void reply.hijack();
    if (hasBody(raw.headers)) {
      // What Node.js calls after the last answer.
      socket.destroySoon = () => {
        if (raw.complete) return Socket.prototype.destroySoon.call(socket);
        lingeringClose(socket);
        raw.resume();
      };
    }
    done();
  });
}
