import {
  detailedSimulationSchema,
  IMPACT_CODES,
  STAGE_CODES,
  type StageCode,
  textileQuerySchema,
} from '@ecobalyse/schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stageFigures } from './figures/figures.js';
import {
  type DetailedAnswer,
  readTextileQuery,
  simulateDetailed,
  simulateSimple,
  simulateTotals,
  TextileQueryError,
  totalsOfQuery,
} from './index.js';
import { type ArbitraryQuery, arbitraryQuery, QUERY_FIELDS, SEEDED } from './testing/arbitrary-query.js';

const check = <Value>(arbitrary: fc.Arbitrary<Value>, property: (value: Value) => void) =>
  fc.assert(fc.property(arbitrary, property), SEEDED);

/** Relative to the larger of the parts of a sum, as rounding is. */
function expectClose(actual: number, expected: number, scale = Math.abs(expected)): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * Math.max(scale, 1e-9));
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
const scaleOf = (values: number[]) => sum(values.map(Math.abs));
const SCORES = ['ecs', 'pef'] as const;

const stageOf = (answer: DetailedAnswer, code: StageCode) => {
  const stage = answer.lifeCycle[stageFigures.findIndex((figures) => figures.code === code)];
  if (stage === undefined) throw new Error(`no stage ${code}`);
  return stage;
};

/** Where an answer holds a number that is none, or an impact object without its 21 indicators. */
function flawsOf(value: unknown, path = 'answer'): string[] {
  if (typeof value === 'number' && !Number.isFinite(value)) return [path];
  if (typeof value !== 'object' || value === null) return [];
  const isPartial = 'ecs' in value && Object.keys(value).join() !== IMPACT_CODES.join();
  const flaws = Object.entries(value).flatMap(([key, part]) => flawsOf(part, `${path}.${key}`));
  return isPartial ? [path, ...flaws] : flaws;
}

/** Every field and item of a value, at every depth. */
const placesOf = (value: object): [owner: object, key: string][] =>
  Object.entries(value).flatMap(([key, part]) => [
    [value, key],
    ...(typeof part === 'object' && part !== null ? placesOf(part) : []),
  ]);

describe('every valid query', () => {
  it('answers with finite numbers, 21 indicators everywhere and the shape of the platform', () => {
    check(arbitraryQuery, (query) => {
      const answer = simulateDetailed(query);
      detailedSimulationSchema.parse(JSON.parse(JSON.stringify(answer)));
      expect(flawsOf(answer)).toEqual([]);
    });
  });

  it('gives the same totals by the three ways in', () => {
    check(arbitraryQuery, (query) => {
      const totals = simulateTotals(query);
      const detailed = simulateDetailed(query);
      const simple = simulateSimple(query);
      for (const score of SCORES) {
        expect(detailed.impacts[score]).toBe(totals[score]);
        expect(simple.impacts[score]).toBe(totals[score]);
        expect(simulateSimple(query, { impact: score }).impacts).toEqual({ [score]: totals[score] });
        expect(detailed.impactsWithoutDurability[score]).toBe(totals[`${score}WithoutDurability`]);
      }
      expect(detailed.durability).toBe(totals.durability);
      expect(detailed.daysOfWear).toBe(totals.daysOfWear);
      expect(detailed.useNbCycles).toBe(totals.useNbCycles);
    });
  });

  it('costs the same when it is changed after it was read', () => {
    check(
      fc.tuple(arbitraryQuery, arbitraryQuery),
      ([query, { mass, materials, fading, makingWaste, countryMaking }]) => {
        const change = {
          mass,
          materials,
          ...(fading !== undefined && { fading }),
          ...(makingWaste !== undefined && { makingWaste }),
          ...(countryMaking !== undefined && { countryMaking }),
        };
        const read = readTextileQuery({ ...change, product: query.product });
        const changed = { ...readTextileQuery(query), ...change, mass: read.mass, materials: read.materials };
        expect(totalsOfQuery(changed)).toEqual(simulateTotals({ ...query, ...change }));
      },
    );
  });

  it('takes null for absent, and ignores what it does not know, at every level', () => {
    check(arbitraryQuery, (query) => {
      const nulls = Object.fromEntries(QUERY_FIELDS.map((field) => [field, null]));
      const stranger = { unknownField: [1, { deep: true }] };
      const verbose = {
        ...stranger,
        ...nulls,
        ...query,
        materials: query.materials.map((material) => ({ country: null, spinning: null, ...stranger, ...material })),
        ...(query.printing && { printing: { ratio: null, ...stranger, ...query.printing } }),
        ...(query.trims && {
          trims: query.trims.map(({ custom, ...trim }) => ({
            ...stranger,
            ...trim,
            custom: custom ? { name: null, scopes: null, ...stranger, ...custom } : null,
          })),
        }),
      };
      expect(simulateDetailed(verbose)).toEqual(simulateDetailed(query));
    });
  });

  it('repeats a query that gives the same results', () => {
    check(arbitraryQuery, (query) => {
      // Written otherwise in answers, and refused in queries (METHOD §17.15).
      fc.pre(query.makingComplexity !== 'not-applicable');
      // Left out of the echo, and then taken for the default country of the material (METHOD §15.5, §3.2).
      fc.pre(query.materials.every(({ country }) => country !== '---'));
      const { impacts, query: echoed } = simulateSimple(query);
      const again = simulateSimple(JSON.parse(JSON.stringify(echoed)));
      for (const score of SCORES) expectClose(again.impacts[score] ?? Number.NaN, impacts[score] ?? Number.NaN);
    });
  });
});

describe('totals', () => {
  it('are the sum of the enabled stages, their transports and the trims, then divided by durability', () => {
    check(arbitraryQuery, (query) => {
      const answer = simulateDetailed(query);
      const enabled = answer.lifeCycle.filter((stage) => stage.enabled);
      for (const score of SCORES) {
        const parts = [
          ...enabled.map((stage) => stage.impacts[score]),
          ...enabled.map((stage) => stage.transport.impacts[score]),
          answer.trimsImpacts[score],
        ];
        expectClose(answer.impactsWithoutDurability[score], sum(parts), scaleOf(parts));
        expectClose(answer.impacts[score] * answer.durability, answer.impactsWithoutDurability[score]);
        expectClose(
          answer.transport.impacts[score],
          sum(answer.lifeCycle.map(({ transport }) => transport.impacts[score])),
        );
      }
      for (const mode of ['air', 'road', 'sea'] as const) {
        expectClose(answer.transport[mode], sum(answer.lifeCycle.map(({ transport }) => transport[mode])));
      }
      for (const complement of ['microfibers', 'outOfEuropeEOL'] as const) {
        const malus = sum(enabled.map(({ complementsImpacts }) => complementsImpacts[complement]));
        expectClose(answer.complementsImpacts[complement] * answer.durability, malus);
      }
    });
  });

  it('lose what a stage brought when it is disabled, when nothing follows it', () => {
    const lastStages = ['use', 'eol'] as const;
    check(fc.tuple(arbitraryQuery, fc.constantFrom(...lastStages)), ([query, code]) => {
      const kept = {
        ...query,
        disabledSteps: (query.disabledSteps ?? []).filter((step) => step !== code && step !== 'distribution'),
      };
      const whole = simulateDetailed(kept);
      const without = simulateDetailed({ ...kept, disabledSteps: [...kept.disabledSteps, code] });
      for (const score of SCORES) {
        const brought = stageOf(whole, code).impacts[score];
        expectClose(
          without.impactsWithoutDurability[score],
          whole.impactsWithoutDurability[score] - brought,
          scaleOf([whole.impactsWithoutDurability[score], brought]),
        );
      }
    });
  });

  it('get nothing from disabled stages', () => {
    check(arbitraryQuery, (query) => {
      const { lifeCycle } = simulateDetailed(query);
      lifeCycle.forEach(({ enabled, elecKWh, heatMJ, impacts, complementsImpacts, transport, waste }, rank) => {
        const code = stageFigures[rank]?.code as StageCode;
        if (enabled) return;
        expect([transport.air, transport.road, transport.sea, transport.impacts.ecs, transport.impacts.pef]).toEqual([
          0, 0, 0, 0, 0,
        ]);
        // Those that upcycling disables are shown all the same (METHOD §6.2).
        if (!query.disabledSteps?.includes(code)) return;
        expect([elecKWh, heatMJ, impacts.pef]).toEqual([0, 0, 0]);
        expectClose(impacts.ecs, complementsImpacts.microfibers + complementsImpacts.outOfEuropeEOL);
        if (code !== 'material') expect(waste).toBe(0);
      });
    });
  });
});

describe('masses', () => {
  it('are conserved from stage to stage', () => {
    check(arbitraryQuery, (query) => {
      const { lifeCycle, inputs } = simulateDetailed(query);
      for (const { inputMass, outputMass, waste, deadstock, label } of lifeCycle) {
        // What making cuts off leaves with its output (METHOD §7.3).
        const kept = label === 'Confection' ? deadstock : waste + deadstock;
        expectClose(outputMass + kept, inputMass, scaleOf([inputMass, outputMass, kept]));
      }
      const making = lifeCycle[4];
      expectClose((making?.outputMass ?? 0) - (making?.waste ?? 0), inputs.mass);
    });
  });

  it('scale everything that is not per item', () => {
    check(fc.tuple(arbitraryQuery, fc.integer({ min: 2, max: 7 })), ([query, factor]) => {
      const one = simulateDetailed({ ...query, trims: [] });
      const many = simulateDetailed({ ...query, trims: [], mass: query.mass * factor });
      const woven = one.lifeCycle[2]?.picking !== null;
      one.lifeCycle.forEach((stage, rank) => {
        const scaled = many.lifeCycle[rank];
        if (scaled === undefined) throw new Error('a stage is missing');
        for (const field of ['inputMass', 'outputMass', 'waste', 'deadstock'] as const) {
          expectClose(scaled[field], stage[field] * factor, stage.inputMass * factor);
        }
        for (const score of SCORES) {
          expectClose(scaled.transport.impacts[score], stage.transport.impacts[score] * factor);
          // Sewing, ironing and the car trip are per item; the picks of a woven fabric are a whole number.
          const perItem = ['Confection', 'Utilisation', 'Fin de vie'].includes(stage.label);
          if (!perItem && !(woven && stage.label === 'Tissage & Tricotage')) {
            expectClose(scaled.impacts[score], stage.impacts[score] * factor);
          }
        }
      });
      expectClose(many.complementsImpacts.microfibers, one.complementsImpacts.microfibers * factor);
      expectClose(many.complementsImpacts.outOfEuropeEOL, one.complementsImpacts.outOfEuropeEOL * factor);
    });
  });

  it('make the totals of a knitted item affine', () => {
    check(arbitraryQuery, (query) => {
      const knitted = { ...query, fabricProcess: 'knitting-circular' };
      const [one, two, three] = [1, 2, 3].map((factor) => simulateTotals({ ...knitted, mass: query.mass * factor }));
      for (const score of SCORES) {
        const values = [one, two, three].map((totals) => totals?.[score] ?? Number.NaN) as [number, number, number];
        expectClose(values[2] - values[1], values[1] - values[0], scaleOf(values));
      }
    });
  });
});

describe('materials', () => {
  const syntheticPercent = (query: ArbitraryQuery) =>
    sum(
      readTextileQuery(query).materials.map(({ share }, rank) =>
        simulateDetailed(query).inputs.materials[rank]?.material.origin === 'Synthetic' ? 100 * share : 0,
      ),
    );

  it('may be listed in any order', () => {
    const shuffled = arbitraryQuery.chain((query) =>
      fc.tuple(
        fc.constant(query),
        fc.shuffledSubarray(query.materials, { minLength: query.materials.length, maxLength: query.materials.length }),
      ),
    );
    check(shuffled, ([query, materials]) => {
      // Sums that fall on a threshold depend on the order of additions (METHOD §10.2).
      fc.pre([50, 100].every((threshold) => Math.abs(syntheticPercent(query) - threshold) > 1e-6));
      // The main material decides where fibres go only when no other stage is left (METHOD §5.3, §11.2).
      const disabledSteps = query.disabledSteps?.filter((step) => step !== 'distribution');
      const [listed, reordered] = [query.materials, materials].map((list) =>
        simulateTotals({ ...query, materials: list, disabledSteps }),
      );
      for (const score of SCORES) expectClose(reordered?.[score] ?? Number.NaN, listed?.[score] ?? Number.NaN);
    });
  });

  it('may be split into entries', () => {
    check(arbitraryQuery, (query) => {
      const split = query.materials.flatMap((material) => [
        { ...material, share: material.share / 2 },
        { ...material, share: material.share / 2 },
      ]);
      fc.pre([50, 100].every((threshold) => Math.abs(syntheticPercent(query) - threshold) > 1e-6));
      const disabledSteps = query.disabledSteps?.filter((step) => step !== 'distribution');
      const whole = simulateTotals({ ...query, disabledSteps });
      const halves = simulateTotals({ ...query, disabledSteps, materials: split });
      for (const score of SCORES) expectClose(halves[score], whole[score]);
    });
  });
});

describe('monotonicity', () => {
  /** No trims: they could outweigh a light garment, whose masses then turn negative (METHOD §7.7). */
  const bare = arbitraryQuery.map((query) => ({ ...query, trims: [] }));

  it('more air transport never lowers the cost', () => {
    check(
      fc.tuple(bare, fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))),
      ([query, ratios]) => {
        const [less, more] = [Math.min(...ratios), Math.max(...ratios)].map((airTransportRatio) =>
          simulateTotals({ ...query, airTransportRatio }),
        );
        for (const score of SCORES)
          expect(more?.[score]).toBeGreaterThanOrEqual((less?.[score] ?? Number.NaN) * (1 - 1e-12));
      },
    );
  });

  it('a higher durability never raises the cost, the whole number of care cycles set aside', () => {
    const durability = fc.integer({ min: 67, max: 145 }).map((hundredths) => hundredths / 100);
    check(fc.tuple(bare, durability, durability), ([query, a, b]) => {
      const withoutUse = { ...query, disabledSteps: [...(query.disabledSteps ?? []), 'use'] };
      const [frail, solid] = [Math.min(a, b), Math.max(a, b)].map((physicalDurability) =>
        simulateTotals({ ...withoutUse, physicalDurability }),
      );
      for (const score of SCORES)
        expect(solid?.[score]).toBeLessThanOrEqual((frail?.[score] ?? Number.NaN) * (1 + 1e-12));
      expect(solid?.useNbCycles).toBeGreaterThanOrEqual(frail?.useNbCycles ?? Number.NaN);
      expect(solid?.daysOfWear).toBeGreaterThanOrEqual(frail?.daysOfWear ?? Number.NaN);
    });
  });

  it('more waste, more dead stock, more printing, fading or a heavier item never lower the cost', () => {
    const heavier = (query: ArbitraryQuery) => ({ ...query, mass: query.mass * 1.1 });
    const printed = (ratio: number) => (query: ArbitraryQuery) => ({ ...query, printing: { kind: 'pigment', ratio } });
    const pairs: [(query: ArbitraryQuery) => unknown, (query: ArbitraryQuery) => unknown][] = [
      [(query) => query, heavier],
      [(query) => ({ ...query, makingWaste: 0.1 }), (query) => ({ ...query, makingWaste: 0.4 })],
      [(query) => ({ ...query, makingDeadStock: 0 }), (query) => ({ ...query, makingDeadStock: 0.3 })],
      [printed(0), printed(0.8)],
      [(query) => ({ ...query, fading: false }), (query) => ({ ...query, fading: true })],
    ];
    check(fc.tuple(bare, fc.constantFrom(...pairs)), ([query, [less, more]]) => {
      const [low, high] = [simulateTotals(less(query)), simulateTotals(more(query))];
      for (const score of SCORES) expect(high[score]).toBeGreaterThanOrEqual(low[score] * (1 - 1e-12));
    });
  });
});

describe('every other body', () => {
  const NAMES = new Set<string>([...QUERY_FIELDS, 'decoding', 'general']);

  /** Answers, or refuses with named fields; anything else is an exception that the caller would see as a crash. */
  function answersOrRefuses(body: unknown): Readonly<Record<string, string>> | null {
    try {
      simulateDetailed(body);
      return null;
    } catch (error) {
      if (!(error instanceof TextileQueryError)) throw error;
      const keys = Object.keys(error.errors);
      expect(keys.length).toBeGreaterThan(0);
      expect(keys.filter((key) => !NAMES.has(key))).toEqual([]);
      expect(keys).toEqual([...keys].sort());
      expect(Object.values(error.errors).filter((message) => message.length < 10)).toEqual([]);
      return error.errors;
    }
  }

  it('is refused when a number that it would be answered with overflows, in a stage that counts or not', () => {
    let refused = 0;
    const isAnswered = (query: unknown) => {
      const faults = answersOrRefuses(query);
      if (faults === null) expect(flawsOf(simulateDetailed(query))).toEqual([]);
      else expect(Object.keys(faults)).toEqual(['general']);
      refused += faults === null ? 0 : 1;
    };
    const hugeMass = fc.double({ min: 1e300, max: Number.MAX_VALUE, noNaN: true });
    check(fc.tuple(arbitraryQuery, hugeMass), ([query, mass]) => isAnswered({ ...query, mass }));
    check(fc.tuple(arbitraryQuery, hugeMass), ([query, mass]) =>
      isAnswered({ ...query, mass, disabledSteps: [...STAGE_CODES] }),
    );
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(2 * SEEDED.numRuns);
  });

  it('is refused when it is no garment', () => {
    check(fc.jsonValue(), (body) => {
      expect(Object.keys(answersOrRefuses(body) ?? {})).toEqual(['decoding']);
    });
  });

  it('answers or is refused by name when one field is anything', () => {
    check(fc.tuple(arbitraryQuery, fc.constantFrom(...QUERY_FIELDS), fc.jsonValue()), ([query, field, value]) => {
      answersOrRefuses({ ...query, [field]: value });
    });
  });

  it('answers or is refused by name when a field inside a list is anything', () => {
    const inside = fc.constantFrom<[list: 'materials' | 'trims', field: string]>(
      ['materials', 'id'],
      ['materials', 'share'],
      ['materials', 'country'],
      ['materials', 'spinning'],
      ['trims', 'id'],
      ['trims', 'quantity'],
      ['trims', 'custom'],
    );
    check(fc.tuple(arbitraryQuery, inside, fc.jsonValue()), ([query, [list, field], value]) => {
      const items = query[list] ?? [];
      answersOrRefuses({ ...query, [list]: items.map((item) => ({ ...item, [field]: value })) });
    });
  });

  it('is read exactly when the schema of the platform reads it', () => {
    const isReadAsItShould = (body: unknown) => {
      const faults = answersOrRefuses(body);
      expect(faults !== null && 'decoding' in faults).toBe(!textileQuerySchema.safeParse(body).success);
    };
    check(fc.tuple(arbitraryQuery, fc.constantFrom(...QUERY_FIELDS), fc.jsonValue()), ([query, field, value]) =>
      isReadAsItShould({ ...query, [field]: value }),
    );
    const nearMisses = fc.constantFrom(
      ...[null, undefined, true, [], {}, -1e-9, 0.8, 0.80001, 1, 1.00001, 1.5, 0, -1, 1e21, Number.NaN, Infinity],
      ...['', 'FR', 'pigment', '40', '4Nm 5Nm', '0x10', 'use', '11111111-1111-4111-8111-111111111111'],
      ...['11111111-1111-6111-8111-111111111111', ' 11111111-1111-4111-8111-111111111111'],
    );
    check(fc.tuple(arbitraryQuery, fc.nat(), nearMisses), ([query, place, value]) => {
      const body = structuredClone(query);
      const places = placesOf(body);
      const [owner, key] = places[place % places.length] as [Record<string, unknown>, string];
      owner[key] = value;
      isReadAsItShould(body);
    });
  });

  it('is refused with all the faults of METHOD §4.1 that it has, and no other', () => {
    const FAULTS: Readonly<Record<string, unknown>> = {
      countryDyeing: 'BR',
      countryFabric: 'fr',
      countryMaking: '',
      countrySpinning: '--',
      makingDeadStock: 0.3001,
      makingWaste: 0.41,
      mass: 0,
      materials: [{ id: 'none', share: 1 }],
      numberOfReferences: 1_000_000,
      physicalDurability: 0.6699,
      price: 1000.01,
      product: 'robe',
      surfaceMass: 79,
      trims: [{ id: '11111111-1111-4111-8111-111111111111', quantity: 1 }],
      yarnSize: '2000Dtex',
    };
    check(fc.tuple(arbitraryQuery, fc.subarray(Object.keys(FAULTS), { minLength: 1 })), ([query, faulty]) => {
      const faults = Object.fromEntries(faulty.map((field) => [field, FAULTS[field]]));
      expect(Object.keys(answersOrRefuses({ ...query, ...faults }) ?? {})).toEqual(faulty);
      // An empty list of materials hides the faults found before it (METHOD §4.2).
      const hidden = answersOrRefuses({ ...query, ...faults, materials: [] });
      expect(Object.keys(hidden ?? {})).toEqual(['materials', ...faulty.filter((field) => field > 'materials')]);
    });
  });
});
