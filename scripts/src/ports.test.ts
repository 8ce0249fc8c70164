import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { createPorts } from './ports.js';

it('gives no two parts the same port, and none that another program has', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: taken } = server.address() as AddressInfo;

  const takePort = createPorts();
  const port = await takePort(0, 'API_PORT');
  await expect(takePort(port, 'ORCHESTRATOR_PORT')).rejects.toThrow(
    `ORCHESTRATOR_PORT: port ${port} is that of API_PORT too, expected another`,
  );
  await expect(takePort(taken, 'SIMULATOR_PORT')).rejects.toThrow(/taken by another program.*SIMULATOR_PORT/);
  server.close();
});

it.each(['192.0.2.1', 'no-such-host.invalid'])('names the setting of the address %s, which is not ours', (host) =>
  expect(createPorts()(0, 'API_PORT', host)).rejects.toThrow(/^API_HOST: expected an address of this machine/),
);
