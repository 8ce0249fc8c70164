import { listCountries, readTextileQuery, type Simulation, type Stage, simulateQuery } from '@ecobalyse/textile-method';
import { MATERIAL_IDS, type Query } from './fields.js';

/**
 * What the country of a stage changes, asked of the method once: the cost of energy, of polluted water and of each way. Only
 * differences between countries are used, so that what does not depend on the country may be part of a rate.
 */
export interface Rates {
  /** Rank of a country in the tables. */
  rank(code: string): number;
  readonly codes: readonly string[];
  /** Pts per kWh. */
  readonly electricity: readonly number[];
  /** Pts per MJ, up to a constant. */
  readonly heat: readonly number[];
  /** Grows with the polluted water that reaches rivers; up to a factor and a constant. */
  readonly pollution: readonly number[];
  /** Pts per kg by road and sea, by rank of both countries. */
  readonly surface: readonly (readonly number[])[];
  /** Pts per kg by air: to France, and within the country. */
  readonly air: readonly { readonly toFrance: number; readonly within: number }[];
  /** The method's share of air transport after making, for a durability below 1 and from 1 on (METHOD §11.3). */
  readonly airRatio: readonly (readonly [number, number])[];
}

/** The stages of a garment that the bounds look at. */
export const STAGE = { material: 0, spinning: 1, fabric: 2, ennobling: 3, making: 4, use: 6 } as const;

export const stageOf = ({ stages }: Simulation, stage: keyof typeof STAGE): Stage => stages[STAGE[stage]] as Stage;

const ask = (query: Query) => simulateQuery(readTextileQuery(query));

const PROBE = {
  mass: 1,
  materials: [{ id: MATERIAL_IDS[0], share: 1 }],
  product: 'tshirt',
  fabricProcess: 'knitting-mix',
  fading: true,
  trims: [],
};
const DURABLE = { price: 1000, numberOfReferences: 1, business: 'small-business' };

const everywhere = (code: string): Query => ({
  countrySpinning: code,
  countryFabric: code,
  countryDyeing: code,
  countryMaking: code,
});

function askMethod(): Rates {
  const codes = listCountries().map(({ code }) => code);
  const ranks = new Map(codes.map((code, rank) => [code, rank]));
  const making = (code: string, more: Query) => ask({ ...PROBE, ...everywhere(code), ...more });
  const made = (code: string, more: Query) => stageOf(making(code, more), 'making');
  const electricity: number[] = [];
  const heat: number[] = [];
  const pollution: number[] = [];
  for (const code of codes) {
    const answer = ask({ ...PROBE, ...everywhere(code) });
    const { work: fabric } = stageOf(answer, 'fabric');
    const kWh = fabric.impacts.ecs / fabric.elecKWh;
    /** What a stage costs beside its electricity. */
    const rest = ({ impacts, elecKWh }: Stage['work']) => impacts.ecs - elecKWh * kWh;
    const { work: faded } = stageOf(answer, 'making');
    const mj = rest(faded) / faded.heatMJ;
    const { work: dyed } = stageOf(answer, 'ennobling');
    electricity.push(kWh);
    heat.push(mj);
    pollution.push(rest(dyed) - dyed.heatMJ * mj);
  }
  const surface = codes.map((from) =>
    codes.map((to) => {
      const answer = ask({ ...PROBE, ...everywhere(from), countryDyeing: to });
      const { transport, mass } = stageOf(answer, 'fabric');
      return transport.impacts.ecs / mass.outputKg;
    }),
  );
  const air = codes.map((code) => ({
    toFrance: made(code, { airTransportRatio: 1 }).transport.impacts.ecs,
    within: made(code, { airTransportRatio: 1, disabledSteps: ['distribution', 'use', 'eol'] }).transport.impacts.ecs,
  }));
  const airRatio = codes.map((code) => [making(code, {}).airRatio, making(code, DURABLE).airRatio] as const);
  return { rank: (code) => ranks.get(code) as number, codes, electricity, heat, pollution, surface, air, airRatio };
}

let asked: Rates | undefined;

/** @returns the same tables at each call; the first one takes about 20 ms. */
export function rates(): Rates {
  asked ??= askMethod();
  return asked;
}
