import { STAGE_CODES, type StageCode } from '@ecobalyse/schema';
import { BY_DEFAULT, type WholeGarment } from '../garment.js';

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
function pair(first: string, second: string): string {
  let seconds = pairs.get(first);
  if (seconds === undefined) {
    seconds = new Map();
    pairs.set(first, seconds);
  }
  let name = seconds.get(second);
  if (name === undefined) {
    name = `${first} ${second}`;
    seconds.set(second, name);
  }
  return name;
}
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

/** Names of what {@link placeFactors} gives. */
export const PLACE_FACTORS = [
  'air',
  'spinning',
  'fabric',
  'ennobling',
  'making',
  'material leg',
  'spinning leg',
  'fabric leg',
  'ennobling leg',
  'making leg',
] as const;

/** Factors of the places and the ways between them. */
export function placeFactors(
  garment: WholeGarment,
  { durability, course: { counts, next } }: Made,
): Record<(typeof PLACE_FACTORS)[number], Factor> {
  const { materials, known, numbers } = garment;
  const { countrySpinning, countryFabric, countryDyeing, countryMaking } = known;
  const placeOf = (stage: StageCode | undefined): string => {
    switch (stage) {
      case 'spinning':
        return countrySpinning;
      case 'fabric':
        return countryFabric;
      case 'ennobling':
        return countryDyeing;
      case 'making':
        return countryMaking;
      default:
        return HOME;
    }
  };
  const place = (stage: StageCode) => (counts[stage] ? placeOf(stage) : null);
  /** From a place to the next one; within it where none follows. */
  const leg = (stage: StageCode, from: string) => way(from, next[stage] === undefined ? from : placeOf(next[stage]));
  const { airTransportRatio } = numbers;
  return {
    air:
      airTransportRatio === null
        ? pair(countryMaking, durability >= 1 ? 'true' : 'false')
        : [['told', airTransportRatio]],
    spinning: place('spinning'),
    fabric: place('fabric'),
    ennobling: place('ennobling'),
    making: place('making'),
    'material leg': counts.material
      ? materials.map(({ id, share, country }): Level => {
          const from = country || pair('of', id);
          return [next.material === undefined ? from : way(from, placeOf(next.material)), share];
        })
      : null,
    'spinning leg': counts.spinning ? leg('spinning', countrySpinning) : null,
    'fabric leg': counts.fabric ? leg('fabric', countryFabric) : null,
    'ennobling leg': counts.ennobling ? leg('ennobling', countryDyeing) : null,
    'making leg': counts.making
      ? pair(countryMaking, next.making === undefined ? countryMaking : placeOf(next.making))
      : null,
  };
}

/** Every factor of a garment. */
export function factorsOf(garment: WholeGarment, durability: number, synthetic: ReadonlySet<string>): Factors {
  const made = madeOf(garment, durability, synthetic);
  return { mass: garment.massKg, ...made.factors, ...placeFactors(garment, made) };
}
