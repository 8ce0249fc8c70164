import { createServer } from 'node:net';
import { explainListenError } from '@ecobalyse/service-kit';

/**
 * Checks that a port is free.
 *
 * @param port - 0 picks any free port.
 * @returns the port.
 * @throws Error that names the port and the setting which moves it.
 */
function freePort(port: number, setting: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(explainListenError(error, port, setting)));
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}

/** Gives each part a port of its own: nothing listens there, and no part before it was given the same. */
export function createPorts(): (port: number, setting: string, host?: string) => Promise<number> {
  const settingOf = new Map<number, string>();
  return async (wanted, setting, host = '127.0.0.1') => {
    const other = settingOf.get(wanted);
    if (other !== undefined) throw new Error(`${setting}: port ${wanted} is that of ${other} too, expected another`);
    const port = await freePort(wanted, setting, host);
    settingOf.set(port, setting);
    return port;
  };
}
