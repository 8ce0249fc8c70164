import { descriptionOf, profile, type Random, SECTOR, seededRandom } from '@ecobalyse/estimation';
import {
  BUSINESSES,
  DYEING_PROCESS_TYPES,
  FABRIC_PROCESSES,
  MAKING_COMPLEXITIES,
  PRINTING_KINDS,
  SPINNING_TECHNIQUES,
  STAGE_CODES,
} from '@ecobalyse/schema';
import { listCountries, listMaterials, listProducts, listTrims } from '@ecobalyse/textile-method';

/** Changes when other garments are drawn: those of an earlier design are asked anew. */
export const DESIGN_VERSION = 4;

/** A garment to ask upstream about. */
export interface DesignedQuery {
  /** `design` to learn from; otherwise the stratum that it judges models on. */
  readonly set: string;
  readonly index: number;
  readonly query: Readonly<Record<string, unknown>>;
}

const ECONOMICS = ['price', 'numberOfReferences', 'business'];

type Query = Record<string, unknown>;

/** The set of the garments to learn from; the others are strata. */
export const LEARNT_SET = 'design';

/** Garments that are judged after they have lost fields. */
export const MISSING_FIELDS = 'missing fields';

/** Masses that judge models: a hankie's and a tent's. */
const TINY_KG = [0.005, 0.02] as const;
const LARGE_KG = [2.5, 10] as const;
const EXTREME_KG: (readonly [number, number])[] = [TINY_KG, LARGE_KG];

const products = listProducts().map(({ id }) => id);
const materials = listMaterials().map(({ id }) => id);
/** With the unknown country. */
const countries = listCountries().map(({ code }) => code);
const trims = listTrims().map(({ id }) => id);
/** What is not told of a garment is drawn from the sector, and so is one that loses fields. */
const ofSector = SECTOR.samplerFor(descriptionOf({}));

/** A generator of garments, with what it draws from. */
function drawer(random: Random) {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const within = (least: number, most: number) => least + random() * (most - least);
  const rounded = (value: number, digits: number) => Number(value.toFixed(digits));
  /** Spread by magnitude: as many from 10 to 20 as from 20 to 40. */
  const byMagnitude = (least: number, most: number) => least * (most / least) ** random();
  const whether = (share: number) => random() < share;

  function mix(count: number): Query[] {
    const cuts = [0, ...Array.from({ length: count - 1 }, () => Math.round(within(1, 99))).sort((a, b) => a - b), 100];
    return Array.from({ length: count }, (_, at) => ({
      id: pick(materials),
      share: ((cuts[at + 1] as number) - (cuts[at] as number)) / 100,
    })).filter(({ share }) => share > 0);
  }

  const mass = (product: string) => {
    const [least, , most] = profile.product(product).massKg;
    return rounded(byMagnitude(least, most), 4);
  };

  /** What every garment has. */
  const fibres = () => 1 + Math.floor(random() * 4);
  function plain(product = pick(products), count = fibres(), places = countries): Query {
    return {
      product,
      mass: mass(product),
      materials: mix(count),
      countrySpinning: pick(places),
      countryFabric: pick(places),
      countryDyeing: pick(places),
      countryMaking: pick(places),
      fabricProcess: pick(FABRIC_PROCESSES),
    };
  }

  /** What the method has a default for. */
  const options: Readonly<Record<string, () => unknown>> = {
    airTransportRatio: () => rounded(random(), 2),
    business: () => pick(BUSINESSES),
    disabledSteps: () => STAGE_CODES.filter(() => whether(0.2)),
    dyeingProcessType: () => pick(DYEING_PROCESS_TYPES),
    fading: () => whether(0.5),
    makingComplexity: () => pick(MAKING_COMPLEXITIES),
    makingDeadStock: () => rounded(within(0, 0.3), 2),
    makingWaste: () => rounded(within(0, 0.4), 2),
    numberOfReferences: () => Math.round(byMagnitude(1, 100_000)),
    physicalDurability: () => rounded(within(0.67, 1.45), 2),
    price: () => Math.round(byMagnitude(1, 1000)),
    printing: () => ({ kind: pick(PRINTING_KINDS), ...(whether(0.7) && { ratio: rounded(within(0, 0.8), 2) }) }),
    surfaceMass: () => Math.round(within(80, 500)),
    trims: () =>
      Array.from({ length: Math.floor(random() * 3) }, () => ({
        id: pick(trims),
        quantity: 1 + Math.floor(random() * 6),
      })),
    upcycled: () => whether(0.5),
    yarnSize: () => Math.round(byMagnitude(9, 200)),
  };

  function withOptions(query: Query, share: number, names = Object.keys(options)): Query {
    const chosen = names.filter(() => whether(share)).map((name) => [name, options[name]?.()]);
    return { ...query, ...Object.fromEntries(chosen) };
  }

  /** Everything that the method takes at once. */
  function anything(): Query {
    const query = withOptions(plain(), whether(0.3) ? 0 : 0.25);
    // What durability depends on is learnt from garments that tell it all.
    if (whether(0.3)) Object.assign(query, withOptions({}, 0.8, ECONOMICS));
    const told = (query.materials as Query[]).map((fibre) => ({
      ...fibre,
      ...(whether(0.3) && { country: pick(countries) }),
      ...(whether(0.15) && { spinning: pick(SPINNING_TECHNIQUES) }),
    }));
    if (whether(0.25)) query.mass = ofMass(pick(EXTREME_KG)).mass;
    if (whether(0.1)) delete query.fabricProcess;
    return { ...query, materials: told };
  }

  const ofMass = ([least, most]: readonly [number, number]) => ({
    ...plain(),
    mass: rounded(byMagnitude(least, most), 4),
  });
  /** A garment of the extraction's kind: one country from yarn to making. */
  function ofOneCountry(count: number): Query {
    const place = pick(countries);
    const query = plain(undefined, count);
    return { ...query, countrySpinning: place, countryFabric: place, countryDyeing: place, countryMaking: place };
  }

  const strata: Readonly<Record<string, () => Query>> = {
    everything: anything,
    'one fibre, one country': () => ofOneCountry(1),
    'free mixes': () => ofOneCountry(2 + Math.floor(random() * 3)),
    'country by stage': () => plain(undefined, 1),
    'other process': () => ({ ...ofOneCountry(2), fabricProcess: pick(FABRIC_PROCESSES) }),
    'other types': () => plain(pick(['calecon', 'chaussettes', 'maillot-de-bain', 'slip'])),
    'price and references': () => withOptions(plain(), 1, ECONOMICS),
    printing: () => withOptions(plain(), 1, ['printing']),
    fading: () => ({ ...plain(), fading: true }),
    upcycled: () => ({ ...plain(), upcycled: true }),
    'unknown country': () => ({ ...plain(), countryMaking: '---', countryDyeing: '---' }),
    'tiny mass': () => ofMass(TINY_KG),
    'large mass': () => ofMass(LARGE_KG),
    [MISSING_FIELDS]: () => ofSector(random),
  };
  return { anything, strata };
}

const [DESIGN_SEED, SUITE_SEED] = [7, 20_261_201];

/** Strata of the suite that judges models, in its order. */
export const STRATA: readonly string[] = Object.keys(drawer(seededRandom(0)).strata);

/** Garments to learn from, and of each stratum. */
export interface DesignSize {
  readonly design: number;
  readonly stratum: number;
  /** What the strata are drawn by: another one than the suite's draws garments that no model was chosen by. */
  readonly seed?: number;
}

/** Every garment of the design and of the suite, the same ones each time. */
export function designedQueries({ design, stratum, seed = SUITE_SEED }: DesignSize): DesignedQuery[] {
  const drawn = drawer(seededRandom(DESIGN_SEED));
  const learnt = Array.from({ length: design }, (_, index) => ({ set: LEARNT_SET, index, query: drawn.anything() }));
  const judged = STRATA.flatMap((set, place) => {
    const { strata } = drawer(seededRandom(seed + place));
    return Array.from({ length: stratum }, (_, index) => ({ set, index, query: strata[set]?.() as Query }));
  });
  return [...learnt, ...judged];
}
