import { STAGE_CODES, type StageCode } from '@ecobalyse/schema';
import { BY_DEFAULT, type WholeGarment } from '../garment.js';

/** A level of a factor and its weight: a category has one of weight 1, a mix one per material, a number one of its value. */
export type Level = readonly [name: string, weight: number];
export type Factors = Record<string, readonly Level[]>;

/** Where garments are distributed, used and thrown away (METHOD §2). */
const HOME = 'FR';
/** Stages that an upcycled garment does without (METHOD §5.2). */
const NOT_UPCYCLED: readonly StageCode[] = ['material', 'spinning', 'fabric', 'ennobling'];
const SYNTHETIC_FROM = 0.5 - 1e-9;

const is = (condition: boolean): readonly Level[] => (condition ? [['', 1]] : []);
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
/** Garments that one is completed to share their options. */
const courses = new WeakMap<WholeGarment['options'], Course>();
function courseOf(options: WholeGarment['options']): Course {
  let course = courses.get(options);
  if (course === undefined) {
    const left = new Set(options.disabledSteps?.split('+'));
    const isCounted = (stage: StageCode) =>
      !left.has(stage) && !(options.upcycled !== null && NOT_UPCYCLED.includes(stage));
    const byStage = <T>(value: (stage: StageCode, at: number) => T) =>
      Object.fromEntries(STAGE_CODES.map((stage, at) => [stage, value(stage, at)])) as Record<StageCode, T>;
    course = {
      left,
      counts: byStage(isCounted),
      next: byStage((_stage, at) => STAGE_CODES.slice(at + 1).find(isCounted)),
    };
    courses.set(options, course);
  }
  return course;
}

/**
 * What the terms of the stages are made of. A value that is not told is a level of the product type or the material: what it
 * stands for is learnt. The same as `factors` of `mlflow/ecobalyse_model.py`.
 *
 * @param synthetic - materials of synthetic origin.
 */
export function factorsOf(garment: WholeGarment, durability: number, synthetic: ReadonlySet<string>): Factors {
  const { massKg, materials, known, options, numbers, trims } = garment;
  const { product } = known;
  const course = courseOf(options);
  const { left } = course;
  const counts = (stage: StageCode) => course.counts[stage];
  const places: Partial<Record<StageCode, string>> = {
    spinning: known.countrySpinning,
    fabric: known.countryFabric,
    ennobling: known.countryDyeing,
    making: known.countryMaking,
  };
  const next = (stage: StageCode) => {
    const after = course.next[stage];
    return after && (places[after] ?? HOME);
  };
  const place = (stage: StageCode): readonly Level[] => (counts(stage) ? [[places[stage] as string, 1]] : []);
  const leg = (stage: StageCode): readonly Level[] => {
    const own = places[stage] as string;
    return counts(stage) ? [[way(own, next(stage) ?? own), 1]] : [];
  };
  const told = (value: number | null, weight: number, otherwise: string): readonly Level[] =>
    value === null ? [[otherwise, 1]] : [['told', weight]];

  const process = known.fabricProcess === BY_DEFAULT ? pair('of', product) : known.fabricProcess;
  const ofBoth = pair(product, process);
  const afterMaterial = next('material');
  const { airTransportRatio, makingWaste, makingDeadStock, printingRatio, surfaceMass, yarnSize } = numbers;
  const area = surfaceMass === null ? (printingRatio ?? 0) : (100 * (printingRatio ?? 0)) / surfaceMass;
  return {
    one: is(true),
    mass: [['', massKg]],
    durability: [['', durability]],
    product: [[product, 1]],
    materials: materials.map(({ id, share }) => [id, share]),
    synthetic: is(materials.reduce((sum, { id, share }) => sum + (synthetic.has(id) ? share : 0), 0) >= SYNTHETIC_FROM),
    process: [[left.has('fabric') ? 'none' : process, 1]],
    cutting: left.has('making') ? [['none', 1]] : told(makingWaste, 1 / (1 - (makingWaste ?? 0)), ofBoth),
    stock: left.has('making') ? [['none', 1]] : told(makingDeadStock, 1 / (1 - (makingDeadStock ?? 0)), 'default'),
    spun: left.has('spinning')
      ? [['none', 1]]
      : materials.map(({ id, share, spinning }) => [spinning || pair('of', id), share]),
    yarn: told(yarnSize, (yarnSize ?? 0) / 40, pair('of', product)),
    dyeing: [[options.dyeingProcessType ?? 'average', 1]],
    printing: options.printing === null ? [] : [[options.printing, 1]],
    printed:
      options.printing === null
        ? []
        : [[`${options.printing} ${surfaceMass === null ? `of ${product}` : 'told'}`, area]],
    complexity:
      options.makingComplexity === null
        ? [[options.upcycled === null ? ofBoth : 'upcycled', 1]]
        : [[options.makingComplexity, 1]],
    fading: is(options.fading !== null),
    trims: trims === null ? [[pair('of', product), 1]] : trims.map(({ id, quantity }): Level => [id, quantity]),
    air: told(airTransportRatio, airTransportRatio ?? 0, pair(known.countryMaking, String(durability >= 1))),
    material: is(counts('material')),
    spinning: place('spinning'),
    fabric: place('fabric'),
    ennobling: place('ennobling'),
    making: place('making'),
    'spinning on': is(counts('spinning')),
    'fabric on': is(counts('fabric')),
    'ennobling on': is(counts('ennobling')),
    'making on': is(counts('making')),
    distribution: is(counts('distribution')),
    use: is(counts('use')),
    eol: is(counts('eol')),
    'material leg': counts('material')
      ? materials.map(({ id, share, country }) => {
          const from = country || pair('of', id);
          return [afterMaterial === undefined ? from : way(from, afterMaterial), share];
        })
      : [],
    'spinning leg': leg('spinning'),
    'fabric leg': leg('fabric'),
    'ennobling leg': leg('ennobling'),
    'making leg': counts('making') ? [[pair(known.countryMaking, next('making') ?? known.countryMaking), 1]] : [],
  };
}
