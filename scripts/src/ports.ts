import { createServer } from 'node:net';
import { explainListenError } from '@ecobalyse/service-kit';

/**
 * Checks that a port is free.
 *
 * @param port - 0 picks any free port.
 * @returns the port.
 * @throws Error that names the port and the setting which moves it.
 */
export function freePort(port: number, setting: string, host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(explainListenError(error, port, setting)));
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}
