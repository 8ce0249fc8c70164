import { IMPACT_CODES, MATERIAL_UUIDS, WITHDRAWN_IMPACTS } from '@ecobalyse/schema';
import {
  OFFICIAL_VERSIONS,
  type OfficialFault,
  type OfficialServer,
  type OfficialVersion,
  startOfficialServer,
} from '@ecobalyse/test-servers';
import { listCountries, listMaterials, listProducts, listTrims, simulateDetailed } from '@ecobalyse/textile-method';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEcobalyseClient, type EcobalyseClientOptions } from './client.js';

/** The client towards the official API of each version, and at its worst. */
const TOKEN = 'a-token';
const query = {
  mass: 0.17,
  materials: [
    { id: 'ei-coton', share: 0.9 },
    { id: 'coton-rdpc', share: 0.1 },
  ],
  product: 'tshirt',
};
const ours = simulateDetailed(query);
const VERSIONS = Object.keys(OFFICIAL_VERSIONS) as OfficialVersion[];

let official: OfficialServer;
beforeEach(async () => {
  official = await startOfficialServer({ tokens: [TOKEN] });
});
afterEach(() => official.close());

const open = (options: Partial<EcobalyseClientOptions> = {}) =>
  createEcobalyseClient({
    ...{ baseUrl: official.apiUrl(), token: TOKEN, concurrency: 2, timeoutMs: 60_000, retries: 1, retryDelayMs: 1 },
    ...options,
  });
const errorOf = (call: Promise<unknown>) => call.catch((error: unknown) => error);

describe.each(VERSIONS)('the official API %s', (version) => {
  const {
    factor,
    hasUuids = false,
    withdrawn = [],
  } = OFFICIAL_VERSIONS[version] as {
    factor: number;
    hasUuids?: boolean;
    withdrawn?: readonly string[];
  };
  beforeEach(() => {
    official.version = version;
  });

  it('tells its version on top of its document, with what it has of indicators', async () => {
    const { methodVersion, impacts } = await open().documentation();
    expect(methodVersion).toBe(version.slice(1));
    const codes = impacts.map(({ code }) => code);
    expect(IMPACT_CODES.filter((code) => !codes.includes(code))).toEqual(
      IMPACT_CODES.filter((code) => withdrawn.includes(code)),
    );
  });

  it('lists its materials by our ids', async () => {
    const client = open();
    expect(await client.materials()).toEqual(listMaterials());
    expect(await client.countries()).toEqual(listCountries());
    expect(await client.products()).toEqual(listProducts());
  });

  it('answers with our ids, its own figures and no indicator that it does not have', async () => {
    const answer = await open().simulateDetailed(query);
    expect(answer.impacts.ecs).toBeCloseTo(factor * ours.impacts.ecs, 6);
    expect(answer.inputs.materials.map(({ material }) => material.id)).toEqual(['ei-coton', 'coton-rdpc']);
    expect(IMPACT_CODES.filter((code) => answer.impacts[code] === undefined)).toEqual(
      IMPACT_CODES.filter((code) => withdrawn.includes(code)),
    );
    // With a token, indicators beside the scores have figures.
    expect(answer.impacts.cch).toBeGreaterThan(0);
    expect(answer.impacts.bvi !== undefined).toBe(withdrawn.length > 0);
    expect(official.asked.filter((one) => one.endsWith('/textile/materials'))).toHaveLength(hasUuids ? 1 : 0);
  });

  it('refuses by our ids and by field', async () => {
    const unknown = { ...query, materials: [{ id: 'ei-soie', share: 1 }] };
    expect(await errorOf(open().simulateDetailed(unknown))).toMatchObject({
      name: 'UpstreamRefusedError',
      reasons: hasUuids
        ? { decoding: expect.stringContaining('ei-soie') }
        : { materials: expect.stringContaining('ei-soie') },
    });
  });

  it('has answers for upcycled garments in both forms', async () => {
    const upcycled = { ...query, upcycled: true };
    expect((await open().simulateDetailed(upcycled)).lifeCycle).toHaveLength(4);
    official.upcycledStages = 'shown';
    expect((await open().simulateDetailed(upcycled)).lifeCycle).toHaveLength(8);
  });

  it('is asked without a token, or with a wrong one', async () => {
    for (const token of [undefined, 'wrong']) {
      const answer = await errorOf(open({ token }).simulateDetailed(query));
      if (version === 'v8.5.0') expect(answer).toMatchObject({ kind: 'unauthorised' });
      else expect(answer).toMatchObject({ impacts: { cch: 0 } });
    }
  });

  it.each<[OfficialFault, object]>([
    [
      { status: 429, retryAfter: '90' },
      { kind: 'rate-limited', retryAfterSeconds: 90 },
    ],
    [{ status: 429, retryAfter: '0' }, { kind: 'rate-limited' }],
    [{ status: 429 }, { kind: 'rate-limited' }],
    [{ status: 429, retryAfter: 'soon' }, { kind: 'rate-limited' }],
    [{ status: 500 }, { kind: 'unreachable' }],
    [{ status: 502 }, { kind: 'unreachable' }],
    [
      { status: 503, retryAfter: '4000' },
      { kind: 'unreachable', retryAfterSeconds: 3600 },
    ],
    ['cut', { kind: 'unreachable' }],
    ['cut-in-answer', { kind: 'unreachable' }],
    ['page', { kind: 'not-json' }],
    ['zeros', { kind: 'wrong', message: expect.stringContaining('all its impacts are 0') }],
    ['other-product', { kind: 'wrong', message: expect.stringContaining('product is jean, and tshirt') }],
    [{ status: 401 }, { kind: 'unauthorised' }],
    [{ status: 410 }, { kind: 'not-found' }],
  ])('that misbehaves by %j is told apart, and is asked again where that helps', async (fault, error) => {
    const client = open();
    await client.materials();
    official.fault = fault;
    expect(await errorOf(client.simulateDetailed(query))).toMatchObject(error);
    official.fault = null;
    official.faults = [fault];
    const isFinal = typeof fault === 'object' && (fault.status < 429 || Number(fault.retryAfter) > 60);
    const again = await errorOf(open().simulateDetailed(query));
    if (isFinal) expect(again).toMatchObject(error);
    else expect(again).toMatchObject({ inputs: { product: { id: 'tshirt' } } });
  });

  it('that is silent is not waited for', async () => {
    official.fault = 'silence';
    expect(await errorOf(open({ timeoutMs: 50, retries: 0 }).simulateDetailed(query))).toMatchObject({ kind: 'slow' });
  });
});

it('keeps up with a version that changes under a living client', async () => {
  const client = open();
  expect(await client.methodVersion()).toBe('7.0.0');
  const before = await client.simulateDetailed(query);
  // By its ids, then by the indicators that it has no more: nobody has to ask for the version to notice.
  official.version = 'v8.0.0';
  expect(await client.methodVersion()).toBe('7.0.0');
  await client.simulateDetailed(query);
  expect(await client.methodVersion()).toBe('8.0.0');
  official.version = 'v8.5.0';
  const after = await client.simulateDetailed(query);
  expect(await client.methodVersion()).toBe('8.5.0');
  // And it is not read again and again.
  await client.simulateDetailed(query);
  await client.methodVersion();
  expect(official.asked.filter((one) => one === 'GET /api/')).toHaveLength(3);
  expect(after.impacts.ecs).toBeCloseTo(1.5 * before.impacts.ecs, 6);
  expect([before, after].map(({ inputs }) => inputs.materials[0]?.material.id)).toEqual(['ei-coton', 'ei-coton']);
  official.version = 'v7.0.0';
  expect((await client.simulateDetailed(query)).impacts.ecs).toBe(before.impacts.ecs);
});

it.each<[string, string | undefined, string | null]>([
  ['/versions/v7.0.0/api', '7.0.0', null],
  ['/versions/v7.0.0/api/', '7.0.0', null],
  ['/versions/v8.0.0/api', '8.0.0', null],
  ['/versions/v8.5.0/api', undefined, 'not-found'],
  ['/versions/v6.0.0/api', undefined, 'not-found'],
  ['/versions/v7.0.0/', undefined, 'not-json'],
  ['/versions/v7.0.0', undefined, 'not-json'],
])('finds the API at %s', async (path, version, kind) => {
  const client = open({ baseUrl: official.url + path, retries: 0 });
  const told = await errorOf(client.methodVersion());
  if (kind === null) {
    expect(told).toBe(version);
    expect((await client.simulateDetailed(query)).inputs.mass).toBe(0.17);
  } else expect(told).toMatchObject({ kind });
});

it('is sent away beyond the rate of the official API, and comes back', async () => {
  official.perSecond = 2;
  official.now = () => 5000;
  const client = open({ retries: 0 });
  await Promise.all([client.countries(), client.products()]);
  expect(await errorOf(client.countries())).toMatchObject({ kind: 'rate-limited', retryAfterSeconds: 1 });
  official.now = () => 6000;
  expect(await open().countries()).toHaveLength(listCountries().length);
});

it('follows the redirects of former addresses', async () => {
  for (const [path, list] of [
    ['countries', listCountries()],
    ['materials', listMaterials()],
    ['products', listProducts()],
  ] as const)
    expect(await (await fetch(`${official.url}/api/${path}`)).json()).toEqual(list);
  expect(await (await fetch(`${official.url}/api/textile/trims`)).json()).toEqual(listTrims());
});

it('knows the UUID of each material of the method, and those alone', () => {
  expect(Object.keys(MATERIAL_UUIDS).sort()).toEqual(
    listMaterials()
      .map(({ id }) => id)
      .sort(),
  );
  expect(new Set(Object.values(MATERIAL_UUIDS)).size).toBe(16);
  expect(WITHDRAWN_IMPACTS).toHaveLength(4);
});
