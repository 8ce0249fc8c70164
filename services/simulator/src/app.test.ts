import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { IMPACT_CODES } from '@ecobalyse/schema';
import { simulateDetailed, simulateSimple } from '@ecobalyse/textile-method';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSimulator } from './app.js';
import { type ListeningSimulator, listeningSimulator } from './testing/listening-simulator.js';
import { listSample, vectorSample } from './testing/vector-sample.js';

const webBaseUrl = 'https://simulator.example/v1/';
const documentation = 'https://simulator.example/v1/#/api';
const bodyLimitBytes = 20_000;

let simulator: ListeningSimulator;
beforeAll(async () => {
  simulator = await listeningSimulator({ webBaseUrl, bodyLimitBytes });
});
afterAll(() => simulator.close());

const tshirt = { mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt' };

async function call(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${simulator.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

const post = (path: string, query: unknown) =>
  call('POST', `/api/textile/simulator${path}`, JSON.stringify(query), { 'content-type': 'application/json' });

describe('the lists', () => {
  it.each(['countries', 'materials', 'products', 'trims'])(
    'GET /api/textile/%s answers the catalogue',
    async (name) => {
      const { status, headers, body } = await call('GET', `/api/textile/${name}`);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(body).toEqual(listSample()[name]);
    },
  );

  it('answer HEAD without a body', async () => {
    expect(await call('HEAD', '/api/textile/trims')).toMatchObject({ status: 200, body: undefined });
  });
});

describe('the method over HTTP', () => {
  const withinTolerance = (expected: number) => expect.closeTo(expected, 6);

  it('gives the detailed answers of the vectors', async () => {
    for (const { query, response } of vectorSample('options').slice(0, 40)) {
      const { status, body } = await post('/detailed', query);
      expect(status).toBe(200);
      expect(body).toEqual(JSON.parse(JSON.stringify(simulateDetailed(query, { webBaseUrl }))));
      expect(body.impacts.ecs).toEqual(withinTolerance(response.impacts.ecs ?? 0));
      expect(body.impacts.pef).toEqual(withinTolerance(response.impacts.pef ?? 0));
    }
  });

  it('gives the simple answers of the vectors', async () => {
    for (const { query, impact, response } of vectorSample('simple')) {
      const { status, body } = await post(impact === null ? '' : `/${impact}`, query);
      expect(status).toBe(200);
      const impacts = Object.entries(response.impacts).map(([code, value]) => [code, withinTolerance(value)]);
      expect(body.impacts).toMatchObject(Object.fromEntries(impacts));
      expect(Object.keys(body.impacts)).toEqual(impact === null ? [...IMPACT_CODES] : [impact]);
      expect(body.query).toEqual(JSON.parse(JSON.stringify(simulateSimple(query).query)));
      expect(body.webUrl).toContain(`${webBaseUrl}#/textile/simulator/${impact ?? 'ecs'}/`);
      expect(body.description).toEqual(expect.any(String));
    }
  });

  it('gives the status and the keys of every faulty query of the vectors', async () => {
    for (const { query, status, body: expected } of vectorSample('errors')) {
      const answer = await post('', query);
      expect(answer.status, JSON.stringify(query)).toBe(status);
      if (status === 200) continue;
      expect(Object.keys(answer.body)).toEqual(['error', 'documentation']);
      expect(Object.keys(answer.body.error)).toEqual(Object.keys(expected.error ?? {}).sort());
      expect(answer.body.documentation).toBe(documentation);
    }
  });

  it.each(IMPACT_CODES)('answers the indicator %s by its name', async (code) => {
    const { status, body } = await post(`/${code}`, tshirt);
    expect(status).toBe(200);
    expect(Object.keys(body.impacts)).toEqual([code]);
  });
});

describe('the addresses of the official API', () => {
  it.each(['countries', 'materials', 'products'])('redirects its former /api/%s to the list', async (name) => {
    const answer = await fetch(`${simulator.url}/api/${name}`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, `/api/textile/${name}`]);
    expect((await call('GET', `/api/${name}`)).body).toEqual(listSample()[name]);
  });

  it.each(['', '/detailed?mass=1', '/ecs'])('redirects its former /api/simulator%s', async (path) => {
    const answer = await fetch(`${simulator.url}/api/simulator${path}`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, `/api/textile/simulator${path}`]);
  });

  it.each(['', '/'])('are served under the version of the method, with "%s" at the end', async (end) => {
    expect((await call('GET', `/versions/v7.0.0/api${end}`)).body.info.version).toBe('7.0.0');
    expect((await call('GET', `/versions/v7.0.0/api/textile/trims${end}`)).body).toEqual(listSample().trims);
    const { body } = await call('POST', `/versions/v7.0.0/api/textile/simulator/ecs${end}`, JSON.stringify(tshirt));
    expect(body.impacts).toEqual({ ecs: simulateDetailed(tshirt).impacts.ecs });
    expect((await call('GET', `/versions/v8.0.0/api${end}`)).status).toBe(404);
  });
});

describe('the stages of upcycled garments', () => {
  const upcycled = { ...tshirt, upcycled: true };
  it.each([
    ['left-out', 4],
    ['shown', 8],
    [undefined, 8],
  ] as const)('are %s: %i, by one and by many', async (upcycledStages, stages) => {
    const other = await listeningSimulator({ upcycledStages });
    try {
      const ask = async (path: string, query: object) => {
        const options = { method: 'POST', body: JSON.stringify(query) };
        return JSON.parse(await (await fetch(`${other.url}/api/textile/simulator/${path}`, options)).text());
      };
      for (const path of ['detailed', 'batch']) {
        expect((await ask(path, upcycled)).lifeCycle, path).toHaveLength(stages);
        expect((await ask(path, tshirt)).lifeCycle, path).toHaveLength(8);
      }
      expect((await ask('detailed', upcycled)).impacts).toEqual(simulateDetailed(upcycled).impacts);
    } finally {
      await other.close();
    }
  });
});

describe('a body that is no query', () => {
  const routes = ['', '/ecs', '/detailed'];
  const bodies: [string, string | undefined][] = [
    ['absent', undefined],
    ['empty', ''],
    ['blank', ' \n '],
    ['cut', '{"mass":'],
    ['followed by something', `${JSON.stringify(tshirt)} x`],
    ['null', 'null'],
    ['a number', '1'],
    ['a text', '"tshirt"'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['not UTF-8', '{"mass":\udc00}'],
  ];
  it.each(bodies.flatMap(([name, body]) => routes.map((route) => [name, route, body] as const)))(
    'is refused when %s, on simulator%s',
    async (_, route, body) => {
      for (const headers of [{ 'content-type': 'application/json' }, {}]) {
        const answer = await call('POST', `/api/textile/simulator${route}`, body, headers as Record<string, string>);
        expect(answer.status).toBe(400);
        expect(answer.body).toEqual({ error: { decoding: expect.stringMatching(/.{10}/) }, documentation });
      }
    },
  );

  it.each(['application/json; charset=utf-8', 'text/plain', 'application/x-www-form-urlencoded', 'x/y', 'json', '/;;'])(
    'is a matter of its content, not of its declared type: %s',
    async (type) => {
      const { status } = await call('POST', '/api/textile/simulator', JSON.stringify(tshirt), { 'content-type': type });
      expect(status).toBe(200);
    },
  );

  it.each([
    ['product', { ...tshirt, product: '__proto__' }],
    ['product', { ...tshirt, product: 'constructor' }],
    ['countryMaking', { ...tshirt, countryMaking: 'toString' }],
    ['materials', { ...tshirt, materials: [{ id: 'hasOwnProperty', share: 1 }] }],
  ])('does not take a name of JavaScript for a known %s', async (field, query) => {
    const { status, body } = await post('/detailed', query);
    expect(status).toBe(400);
    expect(Object.keys(body.error)).toEqual([field]);
  });

  it('cannot reach prototypes', async () => {
    const text = JSON.stringify(tshirt).replace('{', '{"__proto__":{"upcycled":true},"constructor":{"prototype":1},');
    const { status, body } = await call('POST', '/api/textile/simulator', text);
    expect(status).toBe(200);
    expect(body.query).toEqual({ ...tshirt, upcycled: false });
  });

  it('is refused with 413 beyond the limit, and not before', async () => {
    const padded = (bytes: number) => JSON.stringify({ ...tshirt, x: '' }).replace(/""/, `"${'x'.repeat(bytes)}"`);
    const longest = padded(bodyLimitBytes - padded(0).length);
    expect(longest).toHaveLength(bodyLimitBytes);
    for (const route of routes) {
      expect((await call('POST', `/api/textile/simulator${route}`, longest)).status).toBe(200);
      const answer = await call('POST', `/api/textile/simulator${route}`, `${longest} `);
      expect(answer.status).toBe(413);
      expect(answer.body).toEqual({
        error: { general: 'Le corps de la requête dépasse la limite de 20000 octets.' },
        documentation,
      });
    }
  });

  it('is refused with 413 beyond the limit, even when its length is not announced', async () => {
    const answer = await new Promise<{ status: number | undefined }>((resolve, reject) => {
      const sent = request(`${simulator.url}/api/textile/simulator`, { method: 'POST' }, (response) => {
        response.resume();
        resolve({ status: response.statusCode });
      });
      sent.on('error', reject);
      sent.write('x'.repeat(bodyLimitBytes));
      sent.end('x');
    });
    expect(answer.status).toBe(413);
  });
});

describe('what does not exist', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/api/textile'],
    ['GET', '/api/textile/simulator'],
    ['GET', '/api/textile/simulator/ecs'],
    ['GET', '/api/textile/simulator/batch'],
    ['PUT', '/api/textile/simulator'],
    ['DELETE', '/api/textile/simulator/detailed'],
    ['POST', '/api'],
    ['POST', '/api/textile/countries'],
    ['POST', '/api/textile/simulator/zzz'],
    ['POST', '/api/textile/simulator/ECS'],
    ['POST', '/api/textile/simulator/toString'],
    ['POST', '/api/textile/simulator/ecs/more'],
    ['POST', '/api/food'],
    ['GET', '/api/%zz'],
    ['PROPFIND', '/api'],
  ])('is answered with 404: %s %s', async (method, path) => {
    const { status, headers, body } = await call(method, path, method === 'GET' ? undefined : JSON.stringify(tshirt));
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(body).toEqual({ error: { general: expect.stringContaining(method) }, documentation });
  });

  it.each([
    ['no JSON', 'POST', '{"mass":', 'application/json'],
    ['empty', 'DELETE', '', 'application/json'],
    ['longer than accepted', 'POST', 'x'.repeat(bodyLimitBytes + 1), 'application/json'],
    ['of no type at all', 'PUT', '{}', 'json'],
  ])('is answered with 404 when the body is %s', async (_, method, text, type) => {
    for (const path of [
      '/api/food',
      '/api/textile/countries',
      ...(method === 'POST' ? [] : ['/api/textile/simulator']),
    ]) {
      const { status, body } = await call(method, path, text, { 'content-type': type });
      expect(status).toBe(404);
      expect(body).toEqual({ error: { general: expect.stringContaining(path) }, documentation });
    }
  });

  it('does not depend on a final slash', async () => {
    expect((await call('GET', '/api/')).status).toBe(200);
    expect((await call('POST', '/api/textile/simulator/', JSON.stringify(tshirt))).status).toBe(200);
  });
});

describe('calls from a web page', () => {
  const origin = { origin: 'https://brand.example' };

  it.each([
    ['a success', 'GET', '/api/textile/countries'],
    ['a refusal', 'POST', '/api/textile/simulator'],
    ['an unknown route', 'GET', '/api/nowhere'],
  ])('may read %s', async (_, method, path) => {
    expect((await call(method, path, undefined, origin)).headers.get('access-control-allow-origin')).toBe('*');
  });

  it('may announce a JSON body', async () => {
    const { status, headers } = await call('OPTIONS', '/api/textile/simulator/detailed', undefined, {
      ...origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    });
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-methods')).toContain('POST');
    expect(headers.get('access-control-allow-headers')).toBe('content-type');
  });
});

describe('the connection', () => {
  it('outlives a refusal', async () => {
    const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1');
    const head = (body: string) =>
      `POST /api/textile/simulator/ecs HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    socket.write(head('{') + head('nope') + head(JSON.stringify(tshirt)));
    let received = '';
    for await (const chunk of socket) {
      received += chunk;
      if (received.includes('"ecs":')) break;
    }
    expect([...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['400', '400', '200']);
  });
});

it('says whether it lives and takes requests', async () => {
  expect(await call('GET', '/health/live')).toMatchObject({ status: 200, body: { status: 'live' } });
  expect(await call('GET', '/health/ready')).toMatchObject({ status: 200, body: { status: 'ready', checks: {} } });
});

it('has bounds of 256 KiB for a query, 1 GiB and an hour for a batch, and a minute for a connection that is still', async () => {
  const app = buildSimulator();
  expect(app.initialConfig.bodyLimit).toBe(262_144);
  expect([app.server.requestTimeout, app.server.timeout]).toEqual([3_600_000, 60_000]);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  for (const [length, status] of [
    [1_073_741_824, 200],
    [1_073_741_825, 413],
  ] as const) {
    const path = '/api/textile/simulator/batch';
    const sent = request({ port, path, method: 'POST', headers: { 'content-length': length } });
    sent.on('error', () => undefined);
    sent.write(`${JSON.stringify(tshirt)}\n`);
    const [response] = await once(sent, 'response');
    expect(response.statusCode).toBe(status);
    sent.destroy();
  }
  await app.close();
});
