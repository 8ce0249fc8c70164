import { DYEING_PROCESS_TYPES, FABRIC_PROCESSES, STAGE_CODES, textileQuerySchema } from '@ecobalyse/schema';
import { listCountries, listMaterials, listProducts, listTrims } from '@ecobalyse/textile-method';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ListeningSimulator, listeningSimulator } from './testing/listening-simulator.js';

/** What anybody may send: whatever it is, it is answered with figures or refused by the names of its fields. */

let simulator: ListeningSimulator;
beforeAll(async () => {
  simulator = await listeningSimulator();
});
afterAll(() => simulator.close());

/** The same requests on every run; a failure prints the request that shrank. */
const SEEDED = { seed: 20_240_702, numRuns: 50 } as const;

const KEYS = new Set([...Object.keys(textileQuerySchema.shape), 'decoding', 'general']);

/** Mostly right, sometimes of another type, out of bounds, or such as no form would send. */
const mostly = (right: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 40, arbitrary: right }, { weight: 1, arbitrary: strange });

const strange = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    null,
    '',
    ' ',
    '0.5',
    'NaN',
    '__proto__',
    true,
    -1,
    -0,
    0,
    1,
    1e-320,
    1e300,
    2 ** 53,
    [],
    {},
  ),
);

const idOf = (items: readonly { readonly id: string }[]) => mostly(fc.constantFrom(...items.map(({ id }) => id)));
const country = mostly(fc.constantFrom(...listCountries().map(({ code }) => code), 'BR'));
const number = (min: number, max: number) => mostly(fc.double({ min, max, noNaN: true }));
const integer = (min: number, max: number) => mostly(fc.integer({ min, max }));

const material = fc.record(
  {
    id: idOf(listMaterials()),
    share: number(0, 1),
    country,
    spinning: mostly(fc.constantFrom('ConventionalSpinning', 'SyntheticSpinning')),
  },
  { requiredKeys: ['id', 'share'] },
);
const trim = fc.record({ id: idOf(listTrims()), quantity: integer(1, 20), custom: mostly(fc.constant(null)) });

const query = fc.record(
  {
    mass: number(0.01, 3),
    materials: mostly(fc.array(mostly(material), { minLength: 1, maxLength: 4 })),
    product: idOf(listProducts()),
    airTransportRatio: number(0, 1),
    countrySpinning: country,
    countryDyeing: country,
    countryMaking: country,
    disabledSteps: mostly(fc.array(mostly(fc.constantFrom(...STAGE_CODES)), { maxLength: 8 })),
    dyeingProcessType: mostly(fc.constantFrom(...DYEING_PROCESS_TYPES)),
    fabricProcess: mostly(fc.constantFrom(...FABRIC_PROCESSES)),
    fading: mostly(fc.boolean()),
    makingDeadStock: number(0, 0.31),
    makingWaste: number(0, 0.41),
    numberOfReferences: integer(1, 1_000_000),
    physicalDurability: number(0.66, 1.46),
    price: number(1, 1001),
    printing: mostly(fc.record({ kind: mostly(fc.constant('pigment')), ratio: number(0, 0.8) })),
    surfaceMass: integer(79, 501),
    trims: mostly(fc.array(mostly(trim), { maxLength: 3 })),
    upcycled: mostly(fc.boolean()),
    yarnSize: mostly(
      fc.oneof(fc.integer({ min: 9, max: 200 }), fc.constantFrom('40', '40Nm', '250Dtex', '40 Nm', '1e9')),
    ),
  },
  { requiredKeys: ['mass', 'materials', 'product'] },
);

type ErrorAnswer = { error: Record<string, string>; documentation: string };

/** Fails unless an answer is made of figures, or says which fields are wrong. */
function expectAnswered(status: number, body: unknown): void {
  if (status === 200) {
    const { impacts } = body as { impacts: Record<string, unknown> };
    expect(Object.values(impacts).every((value) => Number.isFinite(value))).toBe(true);
    expect(impacts.ecs).toEqual(expect.any(Number));
    return;
  }
  expect(status).toBe(400);
  const { error, documentation } = body as ErrorAnswer;
  const fields = Object.keys(error);
  expect(fields.length).toBeGreaterThan(0);
  expect(fields.filter((field) => !KEYS.has(field))).toEqual([]);
  expect(fields).toEqual([...fields].sort());
  expect(documentation).toMatch(/^https:/);
}

const send = (path: string, body: string | Uint8Array<ArrayBuffer>, type = 'application/json') =>
  fetch(`${simulator.url}/api/textile/simulator${path}`, { method: 'POST', headers: { 'content-type': type }, body });

describe('one query', () => {
  it('is answered or refused by field, whatever its fields hold', async () => {
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(query, fc.constantFrom('', '/ecs', '/detailed'), async (body, route) => {
        const response = await send(route, JSON.stringify(body));
        expectAnswered(response.status, await response.json());
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      }),
      SEEDED,
    );
    // Neither kind of answer is so rare that the other is all that was tried.
    expect(Math.min(statuses.get(200) ?? 0, statuses.get(400) ?? 0)).toBeGreaterThan(SEEDED.numRuns / 20);
  });

  it('is refused when it is anything but a query', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json()), async (body) => {
        const response = await send('', body);
        expect(response.status).toBe(400);
        expect(Object.keys(((await response.json()) as ErrorAnswer).error)).toEqual(['decoding']);
      }),
      SEEDED,
    );
  });

  it.each(['mass', 'materials', 'printing', 'yarnSize', 'disabledSteps', 'countryMaking', 'trims'])(
    'is refused when %s is nested deeper than a program can follow',
    async (field) => {
      const deep = `${'['.repeat(60_000)}${']'.repeat(60_000)}`;
      const right = { mass: 1, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt', [field]: '@' };
      const response = await send('/detailed', JSON.stringify(right).replace('"@"', deep));
      expectAnswered(response.status, await response.json());
      expect(response.status).toBe(400);
    },
  );
});

describe('a batch', () => {
  const right = JSON.stringify({ mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt' });
  const line = fc.oneof(
    { weight: 3, arbitrary: fc.constant(right) },
    query.map((body) => JSON.stringify(body)),
    fc.constantFrom(
      `[${right}]`,
      right.slice(0, 30),
      `\ufeff${right}`,
      `${right}x`,
      '"',
      '[',
      '}',
      'é\u0000',
      '\ud800',
    ),
    fc.string({ maxLength: 40 }).map((text) => text.replace(/[\r\n]/g, '')),
  );
  const isBlank = (text: string) => text.trim() === '';

  async function answersTo(body: string | Uint8Array<ArrayBuffer>, type: string) {
    const response = await send('/batch?answer=simple', body, type);
    expect(response.status).toBe(200);
    const text = await response.text();
    return text
      .split('\n')
      .slice(0, -1)
      .map((answer) => JSON.parse(answer));
  }

  it.each(['\n', '\r\n'])('of lines is answered line by line, whatever the lines: %j', async (end) => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
        const answers = await answersTo(lines.join(end), 'application/x-ndjson');
        expect(answers).toHaveLength(lines.filter((text) => !isBlank(text)).length);
        for (const answer of answers) {
          expectAnswered(answer.status ?? 200, answer);
          if (answer.status !== undefined) expect(isBlank(lines[answer.line - 1] ?? '')).toBe(false);
        }
      }),
      SEEDED,
    );
  });

  it('of any bytes is answered with lines of JSON', async () => {
    const bytes = fc.tuple(
      fc.constantFrom('', '[', '\ufeff[', `[${right},`, `${right}\n`),
      fc.uint8Array({ maxLength: 100 }),
    );
    await fc.assert(
      fc.asyncProperty(
        bytes,
        fc.constantFrom('application/json', 'application/x-ndjson'),
        async ([head, rest], type) => {
          for (const answer of await answersTo(Buffer.concat([Buffer.from(head), rest]), type)) {
            expectAnswered(answer.status ?? 200, answer);
          }
        },
      ),
      SEEDED,
    );
  });

  it('of an array that is cut anywhere answers what it can, and says where it ends', async () => {
    const whole = `\ufeff[${right},\r\n${right},\n${right}]`;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: whole.length - 1 }), async (length) => {
        const answers = await answersTo(whole.slice(0, length), 'application/json');
        const closed = whole.slice(0, length).split(`${right},`).length - 1;
        expect(answers).toHaveLength(closed + 1);
        expect(answers.at(-1)).toMatchObject({ status: 400, error: { decoding: expect.stringContaining('fermé') } });
      }),
      SEEDED,
    );
  });
});
