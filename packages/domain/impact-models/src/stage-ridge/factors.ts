import { STAGE_CODES, type StageCode } from '@ecobalyse/schema';
import { BY_DEFAULT, type WholeGarment } from '../garment.js';
import { kept } from '../kept.js';

/** A level of a factor and its weight. */
export type Level = readonly [name: string, weight: number];
/** A number, a category or a mix of categories; null where there is none. */
export type Factor = number | string | readonly Level[] | null;
export type Factors = Record<string, Factor>;

/** Where garments are distributed, used and thrown away (METHOD §2). */
const HOME = 'FR';
/** Stages that an upcycled garment does without (METHOD §5.2). */
const NOT_UPCYCLED: readonly StageCode[] = ['material', 'spinning', 'fabric', 'ennobling'];
const SYNTHETIC_FROM = 0.5 - 1e-9;

/** Names of two parts: they are looked up by, and V8 finds a string that it has met before many times faster. */
const pairs = new Map<string, Map<string, string>>();
const pair = (first: string, second: string): string =>
  kept(
    kept(pairs, first, () => new Map<string, string>()),
    second,
    () => `${first} ${second}`,
  );
/** The way between two places, whichever comes first. */
const way = (from: string, to: string) => (from < to ? pair(from, to) : pair(to, from));

/** Which stages count, and which of those comes after each one. */
interface Course {
  readonly left: ReadonlySet<string>;
  readonly counts: Readonly<Record<StageCode, boolean>>;
  readonly next: Readonly<Record<StageCode, StageCode | undefined>>;
}
/** By what is left out: the choices are few. */
const courses = new Map<string, Course>();
function courseOf({ disabledSteps, upcycled }: WholeGarment['options']): Course {
  const key = `${disabledSteps ?? ''} ${upcycled ?? ''}`;
  let course = courses.get(key);
  if (course === undefined) {
    const left = new Set(disabledSteps?.split('+'));
    const isCounted = (stage: StageCode) => !left.has(stage) && !(upcycled !== null && NOT_UPCYCLED.includes(stage));
    const byStage = <T>(value: (stage: StageCode, at: number) => T) =>
      Object.fromEntries(STAGE_CODES.map((stage, at) => [stage, value(stage, at)])) as Record<StageCode, T>;
    course = {
      left,
      counts: byStage(isCounted),
      next: byStage((_stage, at) => STAGE_CODES.slice(at + 1).find(isCounted)),
    };
    courses.set(key, course);
  }
  return course;
}

/** What a garment is made of, whatever its mass and wherever it is made: garments that one is completed to share it. */
export interface Made {
  readonly durability: number;
  readonly course: Course;
  readonly factors: Factors;
}

/**
 * The factors of the terms of the stages, but for the mass and the places. A value that is not told is a level of the product
 * type or the material: what it stands for is learnt. With {@link placeFactors} the same as `factors` of `ecobalyse_model.py`.
 *
 * @param synthetic - materials of synthetic origin.
 */
export function madeOf(garment: WholeGarment, durability: number, synthetic: ReadonlySet<string>): Made {
  const { materials, known, options, numbers, trims } = garment;
  const { product } = known;
  const course = courseOf(options);
  const { left, counts } = course;
  const told = (value: number | null, weight: number, otherwise: string): Factor =>
    value === null ? otherwise : [['told', weight]];
  const process = known.fabricProcess === BY_DEFAULT ? pair('of', product) : known.fabricProcess;
  const ofBoth = pair(product, process);
  const { makingWaste, makingDeadStock, printingRatio, surfaceMass, yarnSize } = numbers;
  const area = surfaceMass === null ? (printingRatio ?? 0) : (100 * (printingRatio ?? 0)) / surfaceMass;
  const { printing } = options;
  const factors = {
    one: 1,
    durability,
    product,
    materials: materials.map(({ id, share }): Level => [id, share]),
    synthetic: Number(
      materials.reduce((sum, { id, share }) => sum + (synthetic.has(id) ? share : 0), 0) >= SYNTHETIC_FROM,
    ),
    process: left.has('fabric') ? 'none' : process,
    cutting: left.has('making') ? 'none' : told(makingWaste, 1 / (1 - (makingWaste ?? 0)), ofBoth),
    stock: left.has('making') ? 'none' : told(makingDeadStock, 1 / (1 - (makingDeadStock ?? 0)), 'default'),
    spun: left.has('spinning')
      ? 'none'
      : materials.map(({ id, share, spinning }): Level => [spinning || pair('of', id), share]),
    yarn: told(yarnSize, (yarnSize ?? 0) / 40, pair('of', product)),
    dyeing: options.dyeingProcessType ?? 'average',
    printing,
    printed:
      printing === null
        ? null
        : ([[pair(printing, surfaceMass === null ? pair('of', product) : 'told'), area]] as const),
    complexity: options.makingComplexity ?? (options.upcycled === null ? ofBoth : 'upcycled'),
    fading: Number(options.fading !== null),
    trims: trims === null ? pair('of', product) : trims.map(({ id, quantity }): Level => [id, quantity]),
    material: Number(counts.material),
    'spinning on': Number(counts.spinning),
    'fabric on': Number(counts.fabric),
    'ennobling on': Number(counts.ennobling),
    'making on': Number(counts.making),
    distribution: Number(counts.distribution),
    use: Number(counts.use),
    eol: Number(counts.eol),
  };
  return { durability, course, factors };
}

/** Names of what {@link placeFactors} gives, by the stage that has the place. */
export const PLACE_FACTORS = {
  material: ['material leg'],
  spinning: ['spinning', 'spinning leg'],
  fabric: ['fabric', 'fabric leg'],
  ennobling: ['ennobling', 'ennobling leg'],
  making: ['making', 'making leg', 'air'],
} as const;
export type PlacedStage = keyof typeof PLACE_FACTORS;
export const PLACED_STAGES = Object.keys(PLACE_FACTORS) as PlacedStage[];
const NO_PLACES: Factors = Object.fromEntries(
  Object.values(PLACE_FACTORS).flatMap((names) => names.map((name) => [name, null])),
);

/** The country of a stage. Materials have their own; what comes after the making is at home. */
export function placeOf({ known }: WholeGarment, stage: StageCode): string {
  switch (stage) {
    case 'spinning':
      return known.countrySpinning;
    case 'fabric':
      return known.countryFabric;
    case 'ennobling':
      return known.countryDyeing;
    case 'making':
      return known.countryMaking;
    default:
      return HOME;
  }
}

/**
 * Factors of the place of a stage that counts and of the way from there.
 *
 * @param to - the place of the next stage; undefined where none follows: the way stays within the place.
 */
export function placeFactors(
  stage: PlacedStage,
  from: string,
  to: string | undefined,
  { materials, numbers: { airTransportRatio } }: WholeGarment,
  durability: number,
): Factors {
  const leg = way(from, to ?? from);
  switch (stage) {
    case 'material':
      return {
        'material leg': materials.map(({ id, share, country }): Level => {
          const origin = country || pair('of', id);
          return [to === undefined ? origin : way(origin, to), share];
        }),
      };
    case 'spinning':
      return { spinning: from, 'spinning leg': leg };
    case 'fabric':
      return { fabric: from, 'fabric leg': leg };
    case 'ennobling':
      return { ennobling: from, 'ennobling leg': leg };
    case 'making':
      return {
        making: from,
        'making leg': pair(from, to ?? from),
        air:
          airTransportRatio === null ? pair(from, durability >= 1 ? 'true' : 'false') : [['told', airTransportRatio]],
      };
  }
}

/** Every factor of a garment. */
export function factorsOf(garment: WholeGarment, durability: number, synthetic: ReadonlySet<string>): Factors {
  const { factors, course } = madeOf(garment, durability, synthetic);
  const places = PLACED_STAGES.filter((stage) => course.counts[stage]).map((stage) => {
    const next = course.next[stage];
    return placeFactors(stage, placeOf(garment, stage), next && placeOf(garment, next), garment, durability);
  });
  return Object.assign({ mass: garment.massKg }, factors, NO_PLACES, ...places);
}
