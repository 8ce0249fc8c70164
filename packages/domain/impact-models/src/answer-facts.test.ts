import type { DetailedSimulation } from '@ecobalyse/schema';
import { simulateDetailed } from '@ecobalyse/textile-method';
import { describe, expect, it } from 'vitest';
import { answerFacts } from './answer-facts.js';
import { answered } from './testing/drawn-garments.js';

const QUERY = {
  product: 'jean',
  mass: 0.7,
  materials: [
    { id: 'ei-coton', share: 0.6 },
    { id: 'ei-pet', share: 0.4 },
  ],
  countrySpinning: 'CN',
  countryFabric: 'CN',
  countryDyeing: 'TR',
  countryMaking: 'BD',
  fabricProcess: 'weaving',
  airTransportRatio: 0.25,
};
const answerOf = (query: object) => simulateDetailed(query) as unknown as DetailedSimulation;
const answer = answerOf(QUERY);

describe('facts of an answer', () => {
  it('are its masses, energies and costs by stage, and what holds for the whole', () => {
    const facts = answerFacts(answer);
    const [material, spinning, , , making] = answer.lifeCycle;
    expect(facts?.stages.material).toEqual({
      input: material?.inputMass,
      output: material?.outputMass,
      kwh: material?.elecKWh,
      cost: material?.impacts.ecs,
      freight: material?.transport.impacts.ecs,
    });
    expect(facts?.stages.spinning).toMatchObject({ input: spinning?.inputMass, kwh: spinning?.elecKWh });
    expect(facts?.stages.spinning.kwh).toBeGreaterThan(0);
    expect(Object.keys(facts?.stages ?? {})).toEqual([
      'material',
      'spinning',
      'fabric',
      'ennobling',
      'making',
      'distribution',
      'use',
      'eol',
    ]);
    expect(facts).toMatchObject({
      durability: answer.durability,
      careCycles: answer.useNbCycles,
      airRatio: 0.25,
      trims: answer.trimsImpacts.ecs,
      synthetic: ['ei-pet'],
    });
    expect(making?.airTransportRatio).toBe(0.25);
  });

  it('of a stage that is left out are its masses alone', () => {
    const { stages } = answerFacts(answerOf({ ...QUERY, disabledSteps: ['spinning'] })) ?? {};
    expect(stages?.spinning).toMatchObject({ kwh: 0, cost: 0, freight: 0 });
    expect(stages?.spinning.input).toBeGreaterThan(0.7);
  });

  it.each<[string, Partial<DetailedSimulation>]>([
    ['a stage', { lifeCycle: answer.lifeCycle.slice(1) }],
    [
      'the energy of one',
      {
        lifeCycle: answer.lifeCycle.map((stage, at) => (at === 3 ? { ...stage, elecKWh: undefined } : stage)),
      } as never,
    ],
    ['all stages', { lifeCycle: undefined } as never],
    ['the inputs', { inputs: undefined } as never],
    ['the materials', { inputs: { ...answer.inputs, materials: undefined } } as never],
    [
      'an origin',
      {
        inputs: {
          ...answer.inputs,
          materials: answer.inputs.materials.map(({ material, ...more }, at) => ({
            ...more,
            material: at ? { id: material.id } : material,
          })),
        },
      } as never,
    ],
  ])('are none where %s is missing', (_what, changed) => expect(answerFacts({ ...answer, ...changed })).toBeNull());

  it('make a sample of a query', () => {
    const sample = answered(QUERY, 'fading', 'one');
    expect(sample).toMatchObject({ id: 'one', set: 'fading', cost: answer.impacts.ecs, facts: answerFacts(answer) });
  });
});
