import { type DetailedSimulation, IMPACT_CODES, type SimpleSimulation } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import { DEFAULT_WEB_BASE_URL, listFabrics, listProductDetails, simulateDetailed, simulateSimple } from '../index.js';

const BUTTON = 'd56bb0d5-7999-4b8b-b076-94d79099b56a';

const everything = {
  yarnSize: '250Dtex',
  upcycled: true,
  trims: [{ quantity: 2, custom: { elements: [], scopes: ['textile'], name: ' Bouton ' }, id: BUTTON }],
  surfaceMass: 200,
  product: 'tshirt',
  printing: { kind: 'pigment' },
  price: 100,
  physicalDurability: 1.1,
  numberOfReferences: 9000,
  materials: [
    { spinning: 'SyntheticSpinning', share: 0.7, id: 'ei-coton', country: 'FR' },
    { share: 0.3, id: 'ei-pet', country: '---' },
  ],
  mass: 0.17,
  makingWaste: 0.1823,
  makingDeadStock: 0.1,
  makingComplexity: 'not-applicable',
  fading: true,
  fabricProcess: 'knitting-circular',
  dyeingProcessType: 'continuous',
  disabledSteps: ['use'],
  countrySpinning: 'IN',
  countryMaking: 'BD',
  countryFabric: '---',
  countryDyeing: 'PK',
  business: 'small-business',
  airTransportRatio: 0.29,
};

describe('simple answer (METHOD §15.2, §15.5)', () => {
  it('repeats the resolved query, keys in order, what has no value left out', () => {
    const expected = {
      airTransportRatio: 0.29,
      business: 'small-business',
      countryDyeing: 'PK',
      countryMaking: 'BD',
      countrySpinning: 'IN',
      disabledSteps: ['material', 'spinning', 'fabric', 'ennobling', 'use'],
      dyeingProcessType: 'continuous',
      fabricProcess: 'knitting-circular',
      fading: true,
      makingComplexity: 'non-applicable',
      makingDeadStock: 0.1,
      makingWaste: 0.18230000000000002,
      mass: 0.17,
      materials: [
        { country: 'FR', id: 'ei-coton', share: 0.7, spinning: 'SyntheticSpinning' },
        { id: 'ei-pet', share: 0.3 },
      ],
      numberOfReferences: 9000,
      physicalDurability: 1.1,
      price: 100,
      printing: { kind: 'pigment', ratio: 0.2 },
      product: 'tshirt',
      surfaceMass: 200,
      trims: [{ id: BUTTON, quantity: 2, custom: { name: 'Bouton', elements: [] } }],
      upcycled: true,
      yarnSize: 40,
    };
    expect(JSON.stringify(simulateSimple(everything).query)).toBe(JSON.stringify(expected));
  });

  it('leaves out an empty list of stages and the trims of the product', () => {
    const query = { mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt' };
    const given = { ...query, disabledSteps: [], trims: [{ id: BUTTON.toUpperCase(), quantity: 3 }], fading: false };
    expect(simulateSimple(given).query).toEqual({ ...query, fading: false, upcycled: false });
  });

  it('repeats a stage that upcycling and the query disable once', () => {
    expect(simulateSimple({ ...everything, disabledSteps: ['use', 'fabric', 'use'] }).query.disabledSteps).toEqual(
      simulateSimple(everything).query.disabledSteps,
    );
  });

  it('links to a web simulator opened on the query', () => {
    const { query, webUrl } = simulateSimple(everything, { impact: 'pef', webBaseUrl: 'https://example.test/' });
    const [base, encoded] = webUrl.split('#/textile/simulator/pef/');
    expect(base).toBe('https://example.test/');
    expect(Buffer.from(encoded ?? '', 'base64').toString()).toBe(JSON.stringify(query));
    expect(simulateSimple(everything).webUrl.startsWith(`${DEFAULT_WEB_BASE_URL}#/textile/simulator/ecs/`)).toBe(true);
    expect(simulateDetailed(everything).webUrl).toBe(simulateSimple(everything).webUrl);
  });

  it('sums up the query in one line of French', () => {
    const { description } = simulateSimple(everything);
    for (const part of [
      'T-shirt / Polo',
      '0,17 kg',
      'Coton',
      '70',
      'Inde',
      'Bangladesh',
      'remanufacturé',
      'délavage',
    ]) {
      expect(description).toContain(part);
    }
    expect(description).not.toContain('\n');
  });

  it('has the 21 indicators in their order, or the one asked for', () => {
    expect(Object.keys(simulateSimple(everything).impacts)).toEqual([...IMPACT_CODES]);
    expect(simulateSimple(everything, { impact: 'htn-c' }).impacts).toEqual({ 'htn-c': 0 });
  });
});

describe('detailed answer (METHOD §15.3, §15.4)', () => {
  const { lifeCycle } = simulateDetailed({ ...everything, upcycled: false });

  it('labels the processes behind each stage', () => {
    const labels = lifeCycle.map(({ processInfo }) =>
      Object.fromEntries(Object.entries(processInfo).filter(([, label]) => label !== null)),
    );
    const transports = {
      airTransport: 'transport aérien long-courrier',
      roadTransport: 'transport routier',
      seaTransport: 'transport maritime',
    };
    const india = 'Électricité moyenne tension, Inde';
    const treatment = 'Fin de vie hors voiture (transport en camion, incinération, mise en décharge)';
    const fading = 'Délavage chimique, procédé majorant, traitement inefficace des eaux usées';
    expect(lifeCycle.map(({ processInfo }) => Object.keys(processInfo).length)).toEqual(Array(8).fill(14));
    expect(labels).toEqual([
      transports,
      { ...transports, countryElec: india },
      // The technique of the product, although the query asks for another.
      { ...transports, countryElec: india, fabric: 'Tricotage moyen (mix de métiers circulaire & rectiligne)' },
      { ...transports, countryElec: 'Électricité moyenne tension, Pakistan', countryHeat: 'Mix chaleur (Monde)' },
      { ...transports, countryElec: 'Électricité moyenne tension, Bangladesh', fading },
      { ...transports, distribution: 'transport routier' },
      {
        countryElec: 'Electricité basse tension, France',
        useIroning: expect.stringMatching(/0,026 kWh/),
        useNonIroning: 'Utilisation : Impact hors repassage (T-shirt)',
      },
      {
        ...transports,
        countryElec: 'Electricité moyenne tension, France',
        countryHeat: 'Mix chaleur (Europe)',
        endOfLife: treatment,
        passengerCar: expect.stringMatching(/voiture/),
      },
    ]);
  });

  it('names no transport behind a stage that is disabled, whatever was answered before', () => {
    const road = (disabledSteps: string[]) =>
      simulateDetailed({ ...everything, upcycled: false, disabledSteps }).lifeCycle[4]?.processInfo.roadTransport;
    expect([road([]), road(['making']), road([])]).toEqual(['transport routier', null, 'transport routier']);
  });

  it('shows what the query gave on the stages that use it', () => {
    const shown = (field: 'makingDeadStock' | 'makingWaste' | 'surfaceMass' | 'yarnSize') =>
      lifeCycle.map((stage) => stage[field]);
    expect(shown('makingDeadStock')).toEqual([null, null, null, null, 0.1, null, null, null]);
    expect(shown('makingWaste')).toEqual([null, null, null, null, 0.18230000000000002, null, null, null]);
    expect(shown('surfaceMass')).toEqual([null, null, 200, null, null, null, null, null]);
    expect(shown('yarnSize')).toEqual([null, 40, 40, null, null, null, null, null]);
  });

  it('shares parts between answers without letting one reader change the answer of another', () => {
    const answer = simulateDetailed(everything) as unknown as DetailedSimulation;
    expect(() => {
      answer.inputs.product.id = 'changed';
    }).toThrow(TypeError);
  });
});

it('answers what the platform expects of a simulator', () => {
  const detailed: DetailedSimulation = simulateDetailed(everything);
  const simple = simulateSimple(everything) satisfies Omit<SimpleSimulation, 'impacts'>;
  expect(detailed.impacts.ecs).toBe(simple.impacts.ecs);
});

describe('reference data', () => {
  it('names the fabric processes', () => {
    expect(listFabrics().map(({ id }) => id)).toContain('knitting-mix');
    expect(listFabrics()).toHaveLength(6);
  });

  it('details the products as detailed answers show them', () => {
    const product = listProductDetails().find(({ id }) => id === 'tshirt');
    expect(product).toEqual(simulateDetailed(everything).inputs.product);
  });
});
