import { readTextileQuery, type Simulation, type Stage, simulateQuery } from '@ecobalyse/textile-method';
import { type Description, defaultCountryOf, fibreCountries } from './description.js';
import type { DurabilityChoice } from './durabilities.js';
import { COUNTRY_FIELDS, type Domain, MATERIAL_IDS, type Query, UNKNOWN_COUNTRY } from './fields.js';
import { type FixedMix, materialsOf } from './mixes.js';
import { type Rates, rates, stageOf } from './rates.js';

/** A garment of which only countries, the share of air transport and durability are open. */
export interface Case {
  readonly fields: Query;
  readonly mix: FixedMix;
}

export interface Chain {
  /**
   * What no completion is below (or above, for a sign of -1) before it is divided by durability, in Pts: each part at its best
   * country, whatever the others have. It takes a fraction of the time of {@link costWith}.
   *
   * @param careCycles the fewest and the most.
   */
  bound(careCycles: readonly [number, number]): number;
  /** The least cost (or the most, for a sign of -1) before it is divided by durability, in Pts. */
  costWith(choice: DurabilityChoice): number;
  /** A completion that has it. */
  queryWith(choice: DurabilityChoice): Query;
}

/** A stage whose country counts. */
interface Place {
  readonly field: (typeof COUNTRY_FIELDS)[number];
  /** Rank of the field. */
  readonly rank: number;
  readonly stage: Stage;
  /** Ranks of the countries that it can have; the garments that are asked for have the first one. */
  readonly countries: readonly number[];
  /** What polluted water weighs: only dyeing pollutes. */
  readonly pollution: number;
}

interface Plan {
  readonly cost: number;
  /** Rank of the country of each place. */
  readonly countries: readonly number[];
}

/** Durability below 1, and from 1 on: the method's own share of air transport depends on it. */
type Mode = 0 | 1;
const MODES: readonly Mode[] = [0, 1];
type Fibre = FixedMix['fibres'][number];
type Ends = readonly [low: number, high: number];
type Way = { readonly cost: number; readonly choice: number };

const STAGES = ['spinning', 'fabric', 'ennobling', 'making'] as const;
const AFTER_MAKING = 5;
/** Where waters are polluted least and most: far enough apart to tell what pollution costs. */
const CLEAN = 'FR';
const POLLUTED = 'IN';
/** What the other half of a query is read with. */
const ANY_MATERIALS = [{ id: MATERIAL_IDS[0], share: 1 }];
const ANY_GARMENT = { mass: 1, product: 'tshirt' };

/**
 * Works out cases of a description from asking the method once or twice each: what every country of every stage costs.
 * Countries meet only in the ways between neighbouring places, so that dynamic programming over the chain of places finds the
 * best ones.
 *
 * @param sign 1 for the least cost, -1 for the most.
 */
export function chainsOf({ known, unknown }: Description, sign: 1 | -1): (one: Case) => Chain {
  const table = rates();
  const best = (ways: readonly Way[]): Way =>
    ways.reduce((first, way) => (sign * (way.cost - first.cost) < 0 ? way : first));
  const codes = COUNTRY_FIELDS.map(
    (field): readonly string[] =>
      (unknown.get(field) as { values: readonly string[] } | undefined)?.values ?? [
        (known[field] as string | null | undefined) ?? UNKNOWN_COUNTRY,
      ],
  );
  const ranks = codes.map((list) => list.map(table.rank));
  const dyeing = codes[COUNTRY_FIELDS.indexOf('countryDyeing')] as readonly string[];
  const first = Object.fromEntries(COUNTRY_FIELDS.map((field, rank) => [field, codes[rank]?.[0] as string]));
  /** The countries of the garments that are asked for. */
  const asked: Readonly<Record<string, string>> = { ...first, ...(dyeing.length > 1 ? { countryDyeing: CLEAN } : {}) };
  const askedRanks = COUNTRY_FIELDS.map((field) => table.rank(asked[field] as string));
  const openCountries = COUNTRY_FIELDS.filter((field) => unknown.has(field));
  const openAir = unknown.get('airTransportRatio') as Domain | undefined;
  const givenAir = known.airTransportRatio as number | null | undefined;

  /** The least (or the most) that an amount of either sign costs at any of some rates. */
  const leastOf = (amount: number, [low, high]: Ends) => {
    const [one, other] = [amount * low, amount * high];
    return sign * (one - other) < 0 ? one : other;
  };
  const spread = (rate: readonly number[]) =>
    remembered((field: number) => endsOf((ranks[field] as number[]).map((rank) => rate[rank] as number)));
  const spreads = {
    electricity: spread(table.electricity),
    heat: spread(table.heat),
    pollution: spread(table.pollution),
  };
  const way = (from: number, to: number) => (table.surface[from] as readonly number[])[to] as number;
  /** By kg, from making in a country: the least or the most, and the share of air transport that it has. */
  const delivered = (country: number, to: number | null, ratios: readonly number[]): Way => {
    const { toFrance, within } = table.air[country] as Rates['air'][number];
    const byAir = to === null ? within : toFrance;
    return best(
      ratios.map((ratio) => ({ cost: ratio * byAir + (1 - ratio) * way(country, to ?? country), choice: ratio })),
    );
  };
  const ratiosOf = (country: number, mode: Mode): readonly number[] =>
    openAir ? airEnds(openAir) : [givenAir ?? (table.airRatio[country] as Rates['airRatio'][number])[mode]];
  const france = table.rank('FR');
  /** From making within its country, and to France. */
  const deliveries = [null, france].map((to) =>
    MODES.map((mode) => remembered((country: number) => delivered(country, to, ratiosOf(country, mode)))),
  );
  const deliveryFrom = (country: number, isDelivered: boolean, mode: Mode): Way =>
    (deliveries[Number(isDelivered)] as ((country: number) => Way)[])[mode]?.(country) as Way;
  /** By kg of fibre, to each country: the best countries that it may come from; where trims outweigh it, the others. */
  const fibreWays = (isHeavy: boolean) =>
    remembered((of: Fibre) => {
      const from = fibreCountries(of).map(table.rank);
      const weigh = isHeavy ? 1 : -1;
      return table.codes.map((_, to): Way => {
        const { cost, choice } = best(from.map((country) => ({ cost: weigh * way(country, to), choice: country })));
        return { cost: weigh * cost, choice };
      });
    });
  const [heavyWays, lightWays] = [fibreWays(true), fibreWays(false)];
  // Ends of what a kilogram costs on its way, by ranks of fields: between two of them, from the last one on, and of a fibre.
  const waySpreads = remembered((start: number) =>
    remembered((end: number): Ends => {
      let [low, high] = [Infinity, -Infinity];
      for (const from of ranks[start] as number[]) {
        for (const to of ranks[end] as number[]) {
          low = Math.min(low, way(from, to));
          high = Math.max(high, way(from, to));
        }
      }
      return [low, high];
    }),
  );
  const onwardByKg = (field: Place['field'], country: number, isDelivered: boolean, mode: Mode) => {
    const to = isDelivered ? france : country;
    return field === 'countryMaking' ? deliveryFrom(country, isDelivered, mode).cost : way(country, to);
  };
  const onwardSpreads = remembered((isDelivered: boolean) =>
    remembered((rank: number) => {
      const field = COUNTRY_FIELDS[rank] as Place['field'];
      return endsOf(
        MODES.flatMap((mode) => (ranks[rank] as number[]).map((to) => onwardByKg(field, to, isDelivered, mode))),
      );
    }),
  );
  const fibreSpreads = remembered((fibre: Fibre) =>
    ranks.map((tos) =>
      endsOf([heavyWays, lightWays].flatMap((ways) => tos.map((to) => (ways(fibre)[to] as Way).cost))),
    ),
  );

  /** What polluted water weighs by kg: it depends on the fibres, on the printing and on the surface that is printed. */
  const polluted = new Map<FixedMix, Map<string, number>>();
  const pollutionByKg = (clean: Simulation, key: string, mix: FixedMix): number => {
    const ofMix = polluted.get(mix) ?? new Map<string, number>();
    polluted.set(mix, ofMix);
    const byKg = ofMix.get(key) ?? pollutionOf(clean, table) / stageOf(clean, 'ennobling').mass.outputKg;
    if (Number.isFinite(byKg)) ofMix.set(key, byKg);
    return Number.isFinite(byKg) ? byKg : 0;
  };
  /** Cases that differ by their mix only share their fields, and each mix is that of many cases: each is read once. */
  const readFields = remembered((fields: Query) => {
    const read = readTextileQuery({ ...known, ...fields, ...asked, materials: ANY_MATERIALS });
    return { read, dyed: JSON.stringify([read.product, read.printing, read.surfaceMass]) };
  });
  const readMix = remembered(
    (mix: FixedMix) => readTextileQuery({ ...ANY_GARMENT, materials: materialsOf(mix) }).materials,
  );

  return ({ fields, mix }) => {
    const { read, dyed } = readFields(fields);
    const simulation = simulateQuery({ ...read, materials: readMix(mix) });
    const { garment, durability, totals } = simulation;
    const places = STAGES.flatMap((code, rank): Place[] => {
      const stage = stageOf(simulation, code);
      if (!stage.enabled) return [];
      const isOpenDyeing = code === 'ennobling' && dyeing.length > 1;
      const pollution = isOpenDyeing ? stage.mass.outputKg * pollutionByKg(simulation, dyed, mix) : 0;
      const field = COUNTRY_FIELDS[rank] as Place['field'];
      return [{ field, rank, stage, countries: ranks[rank] as number[], pollution }];
    });
    const stageCost = ({ stage: { work }, pollution }: Place, country: number) =>
      work.elecKWh * (table.electricity[country] as number) +
      work.heatMJ * (table.heat[country] as number) +
      pollution * (table.pollution[country] as number);

    // Each fibre goes to the first place, or else to France, or within the country that the method shows for the material.
    const isDelivered = simulation.stages.slice(AFTER_MAKING).some(({ enabled }) => enabled);
    const material = stageOf(simulation, 'material');
    const fibreKg = mix.shares.map((share) => (material.enabled ? material.mass.outputKg * share : 0));
    const waysOf = material.mass.outputKg >= 0 ? heavyWays : lightWays;
    const fibresTo = (to: number) =>
      mix.fibres.reduce((sum, fibre, rank) => sum + (fibreKg[rank] as number) * (waysOf(fibre)[to] as Way).cost, 0);
    const withoutPlaces = isDelivered ? france : table.rank(mainCountry(mix));
    /** From the last place on: making carries the finished garment, partly by air. */
    const onwardKg = ({ field, stage }: Place) => (field === 'countryMaking' ? garment.massKg : stage.mass.outputKg);
    const onward = (place: Place, country: number, mode: Mode) =>
      onwardKg(place) * onwardByKg(place.field, country, isDelivered, mode);

    /** The best cost up to each country of the last place, and the rank of the country before it at each place. */
    const walk = () => {
      let costs: number[] = [];
      const cameFrom: number[][] = [];
      for (const [at, place] of places.entries()) {
        const before = places[at - 1];
        const reached = costs;
        const origins: number[] = [];
        costs = place.countries.map((country, rank) => {
          if (before === undefined) return fibresTo(country) + stageCost(place, country);
          const from = table.surface[country] as readonly number[];
          let least = Infinity;
          for (let other = 0; other < reached.length; other++) {
            const leg = before.stage.mass.outputKg * (from[before.countries[other] as number] as number);
            const cost = sign * ((reached[other] as number) + leg);
            if (cost >= least) continue;
            least = cost;
            origins[rank] = other;
          }
          return sign * least + stageCost(place, country);
        });
        cameFrom.push(origins);
      }
      return { costs, cameFrom };
    };
    /** Every part at its best country. */
    function leastParts(): number {
      const [start, last] = [places[0], places.at(-1)];
      if (start === undefined || last === undefined) return fibresTo(withoutPlaces);
      let sum = leastOf(onwardKg(last), onwardSpreads(isDelivered)(last.rank));
      for (const [rank, fibre] of mix.fibres.entries()) {
        sum += leastOf(fibreKg[rank] as number, fibreSpreads(fibre)[start.rank] as Ends);
      }
      for (const [at, { rank, stage, pollution }] of places.entries()) {
        sum +=
          leastOf(stage.work.elecKWh, spreads.electricity(rank)) +
          leastOf(stage.work.heatMJ, spreads.heat(rank)) +
          leastOf(pollution, spreads.pollution(rank));
        const next = places[at + 1];
        if (next) sum += leastOf(stage.mass.outputKg, waySpreads(rank)(next.rank));
      }
      return sum;
    }

    let walked: ReturnType<typeof walk> | undefined;

    function solve(mode: Mode): Plan {
      const last = places.at(-1);
      if (last === undefined) return { cost: fibresTo(withoutPlaces), countries: [] };
      walked ??= walk();
      const { costs, cameFrom } = walked;
      const { cost, choice } = best(
        costs.map((one, rank) => ({ cost: one + onward(last, last.countries[rank] as number, mode), choice: rank })),
      );
      const chosen = [choice];
      for (let at = places.length - 1; at > 0; at--) chosen.unshift(cameFrom[at]?.[chosen[0] as number] as number);
      return { cost, countries: places.map(({ countries }, at) => countries[chosen[at] as number] as number) };
    }

    /** What the same parts cost in the garment that was asked for; the rest depends on no country. */
    const partsAsAsked = places.reduce<number>(
      (sum, place) => sum + stageCost(place, askedRanks[place.rank] as number) + place.stage.transport.impacts.ecs,
      material.transport.impacts.ecs,
    );
    const use = stageOf(simulation, 'use');
    const perCycle = use.enabled ? use.work.impacts.ecs / durability.careCycles : 0;
    const rest = totals.impactsWithoutDurability.ecs - perCycle * durability.careCycles - partsAsAsked;
    const planFor = remembered((mode: Mode) => solve(mode));
    const modeOf = ({ coefficient }: DurabilityChoice): Mode => (coefficient >= 1 ? 1 : 0);
    return {
      bound: (careCycles) => rest + leastParts() + leastOf(perCycle, careCycles),
      costWith: (choice) => rest + planFor(modeOf(choice)).cost + perCycle * choice.careCycles,
      queryWith(choice) {
        const mode = modeOf(choice);
        const { countries } = planFor(mode);
        const chosen = new Map(places.map(({ field }, at) => [field, countries[at] as number]));
        const start = countries[0] ?? withoutPlaces;
        const making = chosen.get('countryMaking');
        const origins = mix.fibres.map((fibre) => table.codes[(waysOf(fibre)[start] as Way).choice] as string);
        const named = openCountries.map((field) => [field, table.codes[chosen.get(field) ?? -1] ?? first[field]]);
        const air =
          openAir && (making === undefined ? airEnds(openAir)[0] : deliveryFrom(making, isDelivered, mode).choice);
        return {
          ...known,
          ...fields,
          materials: materialsOf(mix, origins),
          ...Object.fromEntries(named),
          ...(air === undefined ? {} : { airTransportRatio: air }),
          ...choice.facts(),
        };
      },
    };
  };
}

/** A function that works out each value once. */
function remembered<Key, Value>(work: (key: Key) => Value): (key: Key) => Value {
  const values = new Map<Key, Value>();
  return (key) => {
    let value = values.get(key);
    if (value === undefined) {
      value = work(key);
      values.set(key, value);
    }
    return value;
  };
}

export const endsOf = (numbers: readonly number[]): Ends => [Math.min(...numbers), Math.max(...numbers)];

/** The cost is linear in the share of air transport: its ends suffice. */
const airEnds = (domain: Domain): readonly number[] =>
  'from' in domain ? [domain.from, domain.to] : (domain.values as readonly number[]);

/** The country that the method shows for the material: that of the largest share, the last one among equals (METHOD §5.3). */
function mainCountry({ fibres, shares }: FixedMix): string {
  const main = shares.lastIndexOf(Math.max(...shares));
  return defaultCountryOf((fibres[main] as FixedMix['fibres'][number]).id);
}

/** What the polluted water of dyeing weighs, from the same garment dyed in two countries. */
function pollutionOf(clean: Simulation, table: Rates): number {
  const rest = (simulation: Simulation, rank: number) => {
    const { impacts, elecKWh, heatMJ } = stageOf(simulation, 'ennobling').work;
    return impacts.ecs - elecKWh * (table.electricity[rank] as number) - heatMJ * (table.heat[rank] as number);
  };
  const [from, to] = [table.rank(CLEAN), table.rank(POLLUTED)];
  const polluted = simulateQuery({ ...clean.garment.query, countryDyeing: POLLUTED });
  const steps = (table.pollution[to] as number) - (table.pollution[from] as number);
  return (rest(polluted, to) - rest(clean, from)) / steps;
}
