import type { StageCode } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import { role } from './catalogue.js';
import { stageFigures } from './figures/figures.js';
import { simulateDetailed } from './index.js';

const minimal = { mass: 0.2, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt' };
const ZIP = '86b877ff-0d59-482f-bb34-3ff306b07496';

function detailed(fields: object) {
  const answer = simulateDetailed({ ...minimal, ...fields });
  const stage = (code: StageCode) => {
    const found = answer.lifeCycle[stageFigures.findIndex((figures) => figures.code === code)];
    if (found === undefined) throw new Error(`no stage ${code}`);
    return found;
  };
  return { answer, stage };
}

const exportRatio = (materials: object[]) =>
  detailed({ materials }).stage('eol').complementsImpacts.outOfEuropeEOL / (minimal.mass * 5000);

describe('points that surprise (METHOD §17)', () => {
  it('1: shares may add up to anything; more than 100 % of synthetic fibre counts as none', () => {
    const light = detailed({ materials: [{ id: 'ei-coton', share: 0.5 }], trims: [] });
    const full = detailed({ trims: [] });
    expect(light.stage('material').outputMass).toBeLessThan(full.stage('material').outputMass / 2);
    expect(exportRatio([{ id: 'ei-pet', share: 0.49 }])).toBeCloseTo(0.049, 12);
    expect(exportRatio([{ id: 'ei-pet', share: 0.5 }])).toBeCloseTo(0.121, 12);
    expect(exportRatio([{ id: 'ei-pet', share: 1 }])).toBeCloseTo(0.121, 12);
    expect(
      exportRatio([
        { id: 'ei-pet', share: 0.6 },
        { id: 'ei-pa', share: 0.401 },
      ]),
    ).toBeCloseTo(0.049, 12);
  });

  it('3: an empty list of trims removes those of the product, null keeps them', () => {
    expect(detailed({ trims: [] }).answer.trimsImpacts.ecs).toBe(0);
    expect(detailed({ trims: null }).answer.trimsImpacts).toEqual(detailed({}).answer.trimsImpacts);
  });

  it('4: trims weigh on the first four stages, even disabled, and may outweigh the item', () => {
    const disabledSteps = ['fabric', 'spinning'];
    const bare = detailed({ trims: [], disabledSteps });
    const zipped = detailed({ trims: [{ id: ZIP, quantity: 30 }], disabledSteps });
    for (const { code } of stageFigures) {
      const lost = bare.stage(code).outputMass - zipped.stage(code).outputMass;
      expect(lost, code).toBeCloseTo(['material', 'spinning', 'fabric', 'ennobling'].includes(code) ? 1.5 : 0, 12);
    }
    expect(zipped.stage('material').outputMass).toBeLessThan(0);
  });

  it('5: making sends out what it cut, and transports the finished item', () => {
    const { stage } = detailed({ makingWaste: 0.2, airTransportRatio: 1, countryMaking: 'BD' });
    expect(stage('making').outputMass).toBeCloseTo(0.25, 12);
    const { air, impacts } = stage('making').transport;
    expect(impacts.ecs).toBeCloseTo((0.2 / 1000) * air * role.airTransport.ecs, 12);
  });

  it('6: a technique brings its own waste and complexity only when the query asks for it', () => {
    const asked = detailed({ product: 'tshirt', fabricProcess: 'knitting-integral' });
    expect([asked.stage('making').waste, asked.stage('making').elecKWh]).toEqual([0, 0]);
    const socks = detailed({ product: 'chaussettes' });
    expect(socks.stage('making').elecKWh).toBeCloseTo(5 * 0.029, 12);
  });

  it('7: upcycling disables four stages that are still worked out and shown, and asks for more sewing', () => {
    const { answer, stage } = detailed({ upcycled: true, disabledSteps: ['spinning', 'use', 'use'] });
    expect(answer.inputs.disabledSteps).toEqual(['material', 'spinning', 'fabric', 'ennobling', 'use']);
    expect([stage('fabric').enabled, stage('fabric').elecKWh > 0, stage('spinning').elecKWh]).toEqual([false, true, 0]);
    expect(answer.inputs.makingComplexity).toBe('high');
    expect(stage('making').elecKWh).toBeCloseTo(60 * 0.029, 12);
    expect(detailed({ disabledSteps: ['use', 'use'] }).answer.inputs.disabledSteps).toEqual(['use', 'use']);
  });

  it('8: without making the fabric starts from the finished item, and goes straight to France', () => {
    const { stage } = detailed({ disabledSteps: ['making'], trims: [], countryDyeing: 'FR' });
    expect([stage('making').waste, stage('making').deadstock, stage('ennobling').outputMass]).toEqual([0, 0, 0.2]);
    expect([stage('making').airTransportRatio, stage('ennobling').transport.road]).toEqual([0, 500]);
  });

  it('9: disabled stages still show their complements', () => {
    const { answer, stage } = detailed({ disabledSteps: ['material', 'eol'] });
    expect(stage('material').impacts.ecs).toBeCloseTo(0.2 * 250, 12);
    expect(stage('eol').complementsImpacts.outOfEuropeEOL).toBeGreaterThan(0);
    expect([answer.complementsImpacts.microfibers, answer.complementsImpacts.outOfEuropeEOL]).toEqual([0, 0]);
  });

  it('10: use draws the French low-voltage mix, and shows the mix of the country', () => {
    const { stage } = detailed({});
    expect(stage('use').processInfo.countryElec).toBe(role.useElectricity.label);
    expect(stage('use').country.electricityProcessUuid).not.toBe(role.useElectricity.id);
  });

  it('11: bleaching pollutes rivers, on ecs only', () => {
    const { toxicity, energy } = detailed({}).stage('ennobling').preTreatments;
    expect([toxicity.ecs > 0, toxicity.pef, energy.pef > 0]).toEqual([true, 0, true]);
  });

  it('12 and 13: a short-lived item flies, a lasting one less, one made in Europe or Türkiye not', () => {
    const lasting = { price: 1000, numberOfReferences: 1 };
    const ratio = (fields: object) => detailed(fields).stage('making').airTransportRatio;
    expect([ratio({ countryMaking: 'BD' }), ratio({ countryMaking: 'BD', ...lasting })]).toEqual([1, 0.33]);
    expect([ratio({ countryMaking: 'TR' }), ratio({ countryMaking: 'REE' }), ratio({})]).toEqual([0, 0, 1]);
    expect(ratio({ countryMaking: 'BD', airTransportRatio: 0 })).toBe(0);
  });

  it('14: the distance of several fibres is a plain sum, an entry without share not counted', () => {
    const entry = (share: number) => ({ id: 'ei-coton', country: 'CN', share });
    const distance = (...shares: number[]) =>
      detailed({ materials: shares.map(entry) }).stage('material').transport.sea;
    expect(distance(0.5, 0.25, 0.25)).toBe(3 * distance(1));
    expect(distance(1, 0)).toBe(distance(1));
  });

  it('15: not-applicable in, non-applicable out', () => {
    const { answer } = detailed({ makingComplexity: 'not-applicable' });
    expect(answer.inputs.makingComplexity).toBe('non-applicable');
    expect(() => detailed({ makingComplexity: 'non-applicable' })).toThrow('makingComplexity');
  });
});

it('the last of the main materials gives its country to the stage (METHOD §5.3)', () => {
  const materials = ['ei-coton', 'ei-lin', 'ei-pet'].map((id, rank) => ({ id, share: rank < 2 ? 0.4 : 0.2 }));
  expect(detailed({ materials }).stage('material').country.code).toBe('FR');
  expect(detailed({ materials: materials.reverse() }).stage('material').country.code).toBe('CN');
});

it.each(['distribution', 'use', 'eol'])('making delivers to France as long as %s is enabled (METHOD §11.2)', (last) => {
  const disabledSteps = ['distribution', 'use', 'eol'].filter((code) => code !== last);
  const sea = (fields: object) => detailed({ countryMaking: 'TR', ...fields }).stage('making').transport.sea;
  expect(sea({ disabledSteps })).toBe(sea({}));
  expect(sea({ disabledSteps: [...disabledSteps, last] })).toBe(0);
});

it('the last stage left delivers to itself (METHOD §11.2)', () => {
  const disabledSteps = ['spinning', 'fabric', 'ennobling', 'making', 'distribution', 'use', 'eol'];
  expect(detailed({ disabledSteps }).stage('material').transport).toMatchObject({ road: 500, sea: 0, air: 0 });
});
