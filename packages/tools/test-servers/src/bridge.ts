import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server through another port: opening and closing it is a server that comes and goes. */
export interface Bridge {
  close(): Promise<void>;
}

/** Lets connections to `port` through to `targetPort`, both on the loopback address. */
export async function openBridge(port: number, targetPort: number): Promise<Bridge> {
  const sockets = new Set<Socket>();
  const server = createServer((here) => {
    const there = connect(targetPort, '127.0.0.1');
    for (const socket of [here, there]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    here.pipe(there).pipe(here);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
