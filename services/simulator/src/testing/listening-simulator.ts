import type { AddressInfo } from 'node:net';
import { buildSimulator, type SimulatorOptions } from '../app.js';

export interface ListeningSimulator {
  readonly url: string;
  close(): Promise<void>;
}

/** A simulator that listens on a free port of the loopback address. */
export async function listeningSimulator(options?: SimulatorOptions): Promise<ListeningSimulator> {
  const app = buildSimulator(options);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => app.close() };
}
