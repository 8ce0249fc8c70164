import { describe, expect, it } from 'vitest';
import {
  countryItemSchema,
  detailedSimulationSchema,
  impactsSchema,
  namedItemSchema,
  simpleSimulationSchema,
  WITHDRAWN_IMPACTS,
  withZeros,
} from './simulation.js';
import { IMPACT_CODES } from './vocabulary.js';

const impacts = { ...Object.fromEntries(IMPACT_CODES.map((code) => [code, 0])), ecs: 12, pef: 9 };
const country = { code: 'FR', name: 'France', aquaticPollutionScenario: 'Best' };
const transport = { air: 0, road: 500, roadCooled: 0, sea: 0, seaCooled: 0, impacts };

/** Shaped like an upstream's answer, with a field of its own at every level. */
const upstream = {
  newAtTheTop: true,
  webUrl: 'https://example.test/#/textile/simulator/ecs/e30=',
  impacts: { ...impacts, 'new-indicator': 3 },
  impactsWithoutDurability: impacts,
  complementsImpacts: { microfibers: 3, hedges: 0 },
  trimsImpacts: impacts,
  daysOfWear: 30,
  durability: 0.67,
  useNbCycles: 30,
  inputs: {
    newInInputs: 1,
    mass: 0.17,
    materials: [{ material: { id: 'ei-coton', name: 'Coton', newInMaterial: 1 }, share: 1, country: null }],
    product: { id: 'tshirt', name: 'T-shirt / Polo' },
    countryDyeing: country,
    countryFabric: country,
    countryMaking: country,
  },
  lifeCycle: [
    {
      label: 'Confection',
      enabled: true,
      country,
      inputMass: 0.2,
      outputMass: 0.17,
      impacts,
      transport,
      newInStage: {},
    },
  ],
  transport: { ...transport, train: 4 },
};

/** The answer with the value at a path removed. */
function without(path: string): unknown {
  const copy = JSON.parse(JSON.stringify(upstream));
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const holder = keys.reduce<Record<string, unknown>>((value, key) => value[key] as Record<string, unknown>, copy);
  delete holder[last];
  return copy;
}

describe('withZeros', () => {
  const whole = JSON.parse(JSON.stringify(upstream));
  Object.assign(whole.lifeCycle[0], { preTreatments: { energy: impacts, impacts, toxicity: impacts, heatMJ: 0 } });
  const short = JSON.parse(
    JSON.stringify(whole, (_key, value) => (value?.pef === 9 ? { ecs: value.ecs, pef: value.pef } : value)),
  );

  it('puts the indicators of 0 back wherever an answer has some, in their order', () => {
    expect(JSON.stringify(short)).not.toContain('wtu');
    const { 'new-indicator': _, ...ours } = whole.impacts;
    expect(JSON.stringify(withZeros(short))).toBe(JSON.stringify({ ...whole, impacts: ours }));
  });

  it.each([
    [null],
    ['text'],
    [[]],
    [{ impacts: null, lifeCycle: 1, transport: [] }],
    [{ impacts: { pef: 1 }, lifeCycle: [null, {}, { preTreatments: 2, transport: null }] }],
    [upstream],
  ])('leaves anything else as it is: %j', (value) => {
    expect(withZeros(structuredClone(value))).toEqual(value);
  });
});

describe('detailedSimulationSchema', () => {
  it('keeps every field that an upstream adds, at every level', () => {
    expect(detailedSimulationSchema.parse(upstream)).toEqual(upstream);
  });

  it.each([
    'impacts',
    'impacts.htc',
    'impactsWithoutDurability',
    'complementsImpacts',
    'trimsImpacts',
    'daysOfWear',
    'durability',
    'useNbCycles',
    'inputs.mass',
    'inputs.product.id',
    'inputs.countryFabric.code',
    'inputs.countryMaking.name',
    'inputs.materials.0.material.id',
    'inputs.materials.0.share',
    'lifeCycle',
    'lifeCycle.0.label',
    'lifeCycle.0.impacts.ecs',
    'lifeCycle.0.transport',
    'transport.impacts',
  ])('needs %s', (path) => {
    const issues = detailedSimulationSchema.safeParse(without(path)).error?.issues;
    expect(issues?.map((issue) => issue.path.join('.'))).toEqual([path]);
  });

  it.each(WITHDRAWN_IMPACTS)('does without %s, which newer versions have no more', (code) => {
    expect(detailedSimulationSchema.parse(without(`impacts.${code}`))).toEqual(without(`impacts.${code}`));
    expect(impactsSchema.safeParse((without(`impacts.${code}`) as typeof upstream).impacts).success).toBe(false);
  });

  it('wants numbers as numbers', () => {
    expect(impactsSchema.safeParse({ ...impacts, ecs: '12' }).success).toBe(false);
    expect(impactsSchema.safeParse({ ...impacts, ecs: null }).success).toBe(false);
  });
});

describe('other answers', () => {
  it('may hold all indicators or one', () => {
    const answer = { webUrl: upstream.webUrl, description: 'T-shirt', query: { mass: 0.17 } };
    expect(simpleSimulationSchema.safeParse({ ...answer, impacts }).success).toBe(true);
    expect(simpleSimulationSchema.safeParse({ ...answer, impacts: { ecs: 12 } }).success).toBe(true);
    expect(simpleSimulationSchema.safeParse({ ...answer, impacts: {} }).success).toBe(false);
  });

  it('list codes or ids with names', () => {
    expect(countryItemSchema.parse({ code: 'FR', name: 'France' })).toEqual({ code: 'FR', name: 'France' });
    expect(countryItemSchema.safeParse({ id: 'FR', name: 'France' }).success).toBe(false);
    expect(namedItemSchema.parse({ id: 'tshirt', name: 'T-shirt' })).toEqual({ id: 'tshirt', name: 'T-shirt' });
    expect(namedItemSchema.safeParse({ code: 'tshirt', name: 'T-shirt' }).success).toBe(false);
  });
});
