import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { freePort, type ServiceProcess, startService, startTestSimulator, waitUntil } from '@ecobalyse/test-servers';
import { afterEach, describe, expect, it } from 'vitest';

const MAIN = 'services/simulator/bundle/main.js';
const started: ServiceProcess[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((service) => service.end('SIGKILL')));
});

describe('the simulator as a process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('answers the batch under way before it stops on %s', async (signal) => {
    const simulator = await startTestSimulator();
    started.push(simulator.process);
    const query = { mass: 0.2, materials: [{ id: 'ei-pet', share: 1 }], product: 'jean' };
    const sent = request(`${simulator.apiUrl}/textile/simulator/batch?answer=simple`, { method: 'POST' });
    sent.write(`${JSON.stringify(query)}\n`);
    const [response] = await once(sent, 'response');
    const exited = simulator.process.end(signal);
    await waitUntil('it takes no new connection', async () =>
      fetch(`${simulator.apiUrl}`).then(
        () => false,
        () => true,
      ),
    );

    sent.end(`${JSON.stringify(query)}\n`);
    let text = '';
    for await (const chunk of response) text += chunk;
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).query),
    ).toEqual([
      { ...query, upcycled: false },
      { ...query, upcycled: false },
    ]);
    expect(await exited).toBe(0);
  });

  it('lets other requests have their turn while a batch is read as fast as it is written', async () => {
    const simulator = await startTestSimulator();
    started.push(simulator.process);
    const query = { mass: 0.2, materials: [{ id: 'ei-pet', share: 1 }], product: 'jean' };
    // Another process, for only one that reads faster than is written leaves the simulator nothing to wait for.
    const reader = spawn(
      'curl',
      ['-s', '-o', '/dev/null', '-D', '-', '--data-binary', '@-', `${simulator.apiUrl}/textile/simulator/batch`],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    reader.stdin.end(`${JSON.stringify(query)}\n`.repeat(10_000));
    const ended = once(reader, 'exit');
    await once(reader.stdout, 'data');
    // About a thousand would be answered; about ten when each has to wait for a pause of the network.
    let answered = 0;
    while (answered < 40 && reader.exitCode === null) {
      expect((await fetch(new URL('/health/live', simulator.apiUrl))).status).toBe(200);
      answered += 1;
    }
    expect(answered).toBe(40);
    reader.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
  });

  it('says which port is taken and which setting moves it', async () => {
    const port = await freePort();
    const occupant = createServer().listen(port, '127.0.0.1');
    await once(occupant, 'listening');
    const service = startService(MAIN, { SIMULATOR_PORT: String(port) });
    started.push(service);
    const [code] = await once(service.child, 'exit');
    occupant.close();
    expect(code).toBe(1);
    expect(service.output()).toContain(String(port));
    expect(service.output()).toContain('SIMULATOR_PORT');
    expect(service.output().trimEnd().split('\n')).toHaveLength(1);
  });

  it('does not start with a setting that it cannot read', async () => {
    const service = startService(MAIN, { SIMULATOR_PORT: 'eight thousand' });
    started.push(service);
    const [code] = await once(service.child, 'exit');
    expect(code).toBe(1);
    expect(service.output()).toContain('SIMULATOR_PORT');
  });
});
