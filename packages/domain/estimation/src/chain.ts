import { type DetailedAnswer, type StageObject, simulateDetailed } from '@ecobalyse/textile-method';
import { type Description, defaultCountryOf, fibreCountries } from './description.js';
import type { DurabilityChoice } from './durabilities.js';
import { COUNTRY_FIELDS, type Domain, type Query, UNKNOWN_COUNTRY } from './fields.js';
import { type FixedMix, materialsOf } from './mixes.js';
import { type Rates, rates, stageOf } from './rates.js';

/** A garment of which only countries, the share of air transport and durability are open. */
export interface Case {
  readonly fields: Query;
  readonly mix: FixedMix;
}

export interface Chain {
  /** The least cost (or the most, for a sign of -1) before it is divided by durability, in Pts. */
  costWith(choice: DurabilityChoice): number;
  /** A completion that has it. */
  queryWith(choice: DurabilityChoice): Query;
}

/** A stage whose country counts. */
interface Place {
  readonly field: (typeof COUNTRY_FIELDS)[number];
  readonly shown: StageObject;
  /** Ranks of the countries that it can have; the answers that are asked for have the first one. */
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
type Fibre = FixedMix['fibres'][number];
type Way = { readonly cost: number; readonly choice: number };

const STAGES = ['spinning', 'fabric', 'ennobling', 'making'] as const;
const AFTER_MAKING = 5;
/** Where waters are polluted least and most: far enough apart to tell what pollution costs. */
const CLEAN = 'FR';
const POLLUTED = 'IN';

/**
 * Works out cases of a description from one or two answers of the method each: what every country of every stage costs.
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
  const first = Object.fromEntries(COUNTRY_FIELDS.map((field, rank) => [field, codes[rank]?.[0]]));
  const openCountries = COUNTRY_FIELDS.filter((field) => unknown.has(field));
  const openAir = unknown.get('airTransportRatio') as Domain | undefined;
  const givenAir = known.airTransportRatio as number | null | undefined;

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
  const deliveries = remembered((key: string) => {
    const [to, mode] = key.split(' ').map(Number) as [number, Mode];
    return table.codes.map((_, country) => delivered(country, to < 0 ? null : to, ratiosOf(country, mode)));
  });
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

  /** What polluted water weighs by kg: it depends on the fibres, on the printing and on the surface that is printed. */
  const polluted = new Map<FixedMix, Map<string, number>>();
  const pollutionByKg = (answer: DetailedAnswer, query: Query, mix: FixedMix): number => {
    const ofMix = polluted.get(mix) ?? new Map<string, number>();
    polluted.set(mix, ofMix);
    const key = JSON.stringify([query.product, query.printing, query.surfaceMass]);
    const byKg = ofMix.get(key) ?? pollutionOf(answer, query, table) / stageOf(answer, 'ennobling').outputMass;
    if (Number.isFinite(byKg)) ofMix.set(key, byKg);
    return Number.isFinite(byKg) ? byKg : 0;
  };

  return ({ fields, mix }) => {
    const base: Query = { ...known, ...fields };
    const query = { ...base, materials: materialsOf(mix), ...first };
    const answer = simulateDetailed(dyeing.length > 1 ? { ...query, countryDyeing: CLEAN } : query);
    const places = STAGES.flatMap((stage, rank): Place[] => {
      const shown = stageOf(answer, stage);
      if (!shown.enabled) return [];
      const isOpenDyeing = stage === 'ennobling' && dyeing.length > 1;
      const pollution = isOpenDyeing ? shown.outputMass * pollutionByKg(answer, query, mix) : 0;
      return [{ field: COUNTRY_FIELDS[rank] as Place['field'], shown, countries: ranks[rank] as number[], pollution }];
    });
    const stageCost = ({ shown, pollution }: Place, country: number) =>
      shown.elecKWh * (table.electricity[country] as number) +
      shown.heatMJ * (table.heat[country] as number) +
      pollution * (table.pollution[country] as number);

    // Each fibre goes to the first place, or else to France, or within the country that the method shows for the material.
    const isDelivered = answer.lifeCycle.slice(AFTER_MAKING).some(({ enabled }) => enabled);
    const france = table.rank('FR');
    const material = stageOf(answer, 'material');
    const fibreKg = mix.shares.map((share) => (material.enabled ? material.outputMass * share : 0));
    const waysOf = material.outputMass >= 0 ? heavyWays : lightWays;
    const fibresTo = (to: number) =>
      mix.fibres.reduce((sum, fibre, rank) => sum + (fibreKg[rank] as number) * (waysOf(fibre)[to] as Way).cost, 0);
    const withoutPlaces = isDelivered ? france : table.rank(mainCountry(mix));
    /** From the last place on: making carries the finished garment, partly by air. */
    const onward = ({ field, shown }: Place, country: number, mode: Mode) =>
      field === 'countryMaking'
        ? answer.inputs.mass * (deliveries(`${isDelivered ? france : -1} ${mode}`)[country] as Way).cost
        : shown.outputMass * way(country, isDelivered ? france : country);

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
            const leg = before.shown.outputMass * (from[before.countries[other] as number] as number);
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

    /** What the same parts cost as the answer has them; the rest depends on no country. */
    function partsOfAnswer(): number {
      const own = ({ field }: Place) =>
        table.rank(field === 'countryDyeing' && dyeing.length > 1 ? CLEAN : (first[field] as string));
      const start = places[0] ? own(places[0]) : withoutPlaces;
      const fibres = mix.fibres.reduce((sum, fibre, rank) => {
        const from = table.rank(fibreCountries(fibre)[0] as string);
        return sum + (fibreKg[rank] as number) * way(from, start);
      }, 0);
      return places.reduce((sum, place, at) => {
        const country = own(place);
        const next = places[at + 1];
        const ratio = stageOf(answer, 'making').airTransportRatio;
        const leg = next
          ? place.shown.outputMass * way(country, own(next))
          : place.field === 'countryMaking'
            ? answer.inputs.mass * delivered(country, isDelivered ? france : null, [ratio]).cost
            : place.shown.outputMass * way(country, isDelivered ? france : country);
        return sum + stageCost(place, country) + leg;
      }, fibres);
    }

    const use = stageOf(answer, 'use');
    const perCycle = use.enabled ? use.impacts.ecs / answer.useNbCycles : 0;
    const rest = answer.impactsWithoutDurability.ecs - perCycle * answer.useNbCycles - partsOfAnswer();
    const planFor = remembered((mode: Mode) => solve(mode));
    const modeOf = ({ coefficient }: DurabilityChoice): Mode => (coefficient >= 1 ? 1 : 0);
    return {
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
          openAir &&
          (making === undefined
            ? airEnds(openAir)[0]
            : deliveries(`${isDelivered ? france : -1} ${mode}`)[making]?.choice);
        return {
          ...base,
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

/** The cost is linear in the share of air transport: its ends suffice. */
const airEnds = (domain: Domain): readonly number[] =>
  'from' in domain ? [domain.from, domain.to] : (domain.values as readonly number[]);

/** The country that the method shows for the material: that of the largest share, the last one among equals (METHOD §5.3). */
function mainCountry({ fibres, shares }: FixedMix): string {
  const main = shares.lastIndexOf(Math.max(...shares));
  return defaultCountryOf((fibres[main] as FixedMix['fibres'][number]).id);
}

/** What the polluted water of dyeing weighs, from the same garment dyed in two countries. */
function pollutionOf(clean: DetailedAnswer, query: Query, table: Rates): number {
  const rest = (answer: DetailedAnswer, rank: number) => {
    const { impacts, elecKWh, heatMJ } = stageOf(answer, 'ennobling');
    return impacts.ecs - elecKWh * (table.electricity[rank] as number) - heatMJ * (table.heat[rank] as number);
  };
  const [from, to] = [table.rank(CLEAN), table.rank(POLLUTED)];
  const polluted = simulateDetailed({ ...query, countryDyeing: POLLUTED });
  const steps = (table.pollution[to] as number) - (table.pollution[from] as number);
  return (rest(polluted, to) - rest(clean, from)) / steps;
}
