import { SECTOR_TABLE } from '@ecobalyse/estimation';
import type { StageCode } from '@ecobalyse/schema';
import type { AnswerFacts } from '../answer-facts.js';
import type { Family, Predict, Sample } from '../families/family.js';
import type { WholeGarment } from '../garment.js';
import { bounded, kept } from '../kept.js';
import { durabilityOf, type Economics, fitEconomics } from './durability.js';
import { compile, evaluate, type Found } from './evaluator.js';
import {
  factorsOf,
  type Made,
  madeOf,
  PLACE_FACTORS,
  PLACED_STAGES,
  type PlacedStage,
  placeFactors,
  placeOf,
} from './factors.js';
import { fitNode, type LearntNode, PENALTY } from './learnt-node.js';
import { NODES } from './nodes.js';

/** Everything that the family has learnt, as plain JSON. */
export interface StageParameters {
  economics: Economics;
  synthetic: string[];
  nodes: LearntNode[];
}

/** A value without mass, and what each kg adds. */
interface Line {
  readonly fixed: number;
  readonly perKg: number;
}

/** What the place of a stage costs garments that are made alike. */
interface PlacedCost {
  readonly group: number;
  readonly stage: PlacedStage;
  readonly next: StageCode | undefined;
  /** Where the place and that of the next stage are among those of a garment. */
  readonly from: number;
  readonly to: number;
  /** By the numbers of both places, worked out when they are first needed. */
  readonly lines: Line[][];
}

/** What does not depend on mass and places of garments that are made alike. */
interface Alike {
  readonly product: string;
  readonly process: string;
  readonly made: Made;
  /** The cost of what depends on no place. */
  readonly cost: Line;
  readonly levels: readonly Found[];
  /** The quantities of a garment without mass, and of one of 1 kg. */
  readonly none: Float64Array;
  readonly one: Float64Array;
  readonly placed: readonly PlacedCost[];
}

const tellsNothing = ({ options, numbers, trims }: WholeGarment) =>
  trims === null && [...Object.values(options), ...Object.values(numbers)].every((value) => value === null);

/** All that garments are told apart by that tell none of their options, but for mass, type, technique and places. */
const mixOf = (materials: WholeGarment['materials']): string =>
  JSON.stringify(materials.map(({ id, share, country, spinning }) => [id, share, country || null, spinning || null]));
const SECTOR_MIXES = new Map(SECTOR_TABLE.rows.map(({ materials }) => [materials, mixOf(materials)]));

/** Stages with a place of their own; the others are at home, and none may follow the last one. */
const OWN_PLACES: readonly StageCode[] = ['spinning', 'fabric', 'ennobling', 'making'];
const [AT_HOME, NOWHERE] = [OWN_PLACES.length, OWN_PLACES.length + 1];

function indexOfPlace(stage: StageCode | undefined): number {
  if (stage === undefined) return NOWHERE;
  const index = OWN_PLACES.indexOf(stage);
  return index < 0 ? AT_HOME : index;
}

/** Some 10 MB. */
const MOST_LINES = 100_000;
/** What garments that are made alike take, beside their lines, in lines. */
const LINES_OF_ALIKE = 30;

/**
 * The quantities that depend on no place, and for each stage the terms that depend on its place and on the way from there: the
 * cost is their sum. All of them are lines over the mass of the garment (a mass is multiplied once, METHOD §7 to §11), so that
 * their values for 0 and for 1 kg tell those of every garment that is made alike and there.
 */
function split(nodes: readonly LearntNode[]): LearntNode[][] {
  const made: LearntNode[] = [];
  const stages = PLACED_STAGES.map((stage) => ({
    varying: new Set<string>(PLACE_FACTORS[stage]),
    placed: [] as LearntNode[],
  }));
  for (const node of nodes) {
    let rest = node.terms;
    for (const { varying, placed } of stages) {
      const own = node.terms.filter(({ factors }) => factors.some((name) => varying.has(name)));
      if (own.length === 0) continue;
      placed.push({ ...node, terms: own });
      if (!node.isCost) varying.add(node.name);
      rest = rest.filter((term) => !own.includes(term));
    }
    if (rest.length > 0 || node.difference) made.push({ ...node, terms: rest });
  }
  return [made, ...stages.map(({ placed }) => placed)];
}

/**
 * Opens what the family has learnt.
 *
 * @param mostLines - lines that are kept for garments that tell none of their options.
 */
export function openStages({ economics, synthetic, nodes }: StageParameters, mostLines = MOST_LINES): Predict {
  const isSynthetic = new Set(synthetic);
  const [anyLearnt] = Object.values(economics);
  const evaluator = compile(...split(nodes));
  const mass = evaluator.slotOf('mass');
  /** Of which the levels were put last. */
  let current: Alike | undefined;
  const make = (garment: WholeGarment): Alike => {
    const { product, fabricProcess: process } = garment.known;
    const learnt = economics[product] ?? anyLearnt;
    const made = madeOf(garment, learnt ? durabilityOf(garment, learnt) : 1, isSynthetic);
    evaluator.put(made.factors);
    current = undefined;
    const costOf = (massKg: number) => {
      evaluator.numbers[mass] = massKg;
      return evaluator.run();
    };
    const fixed = costOf(0);
    const none = evaluator.numbers.slice();
    const perKg = costOf(1) - fixed;
    const { counts, next } = made.course;
    const placed = PLACED_STAGES.flatMap((stage, at): PlacedCost[] => {
      if (!counts[stage]) return [];
      const [from, to] = [indexOfPlace(stage), indexOfPlace(next[stage])];
      return [{ group: at + 1, stage, next: next[stage], from, to, lines: [] }];
    });
    const one = evaluator.numbers.slice();
    return { product, process, made, cost: { fixed, perKg }, levels: evaluator.levels(), none, one, placed };
  };
  /** What a place and the way from there cost. */
  function lineOf({ group, stage, next }: PlacedCost, garment: WholeGarment, alike: Alike): Line {
    if (current !== alike) evaluator.putAgain(alike.levels);
    current = alike;
    const to = next && placeOf(garment, next);
    evaluator.put(placeFactors(stage, placeOf(garment, stage), to, garment, alike.made.durability));
    const fixed = evaluator.run(group, alike.none);
    return { fixed, perKg: evaluator.run(group, alike.one) - fixed };
  }
  /**
   * Mixes of garments that tell none of their options come again and again: what comes a second time is kept. To keep what
   * never comes again takes more time than to work it out.
   */
  const ofMixes = new Map<string, Alike[] | 'seen'>();
  const lines = bounded(mostLines, () => ofMixes.clear());
  function keptFor(materials: WholeGarment['materials']): Alike[] | undefined {
    lines.tidy();
    const mix = SECTOR_MIXES.get(materials) ?? mixOf(materials);
    const found = ofMixes.get(mix);
    if (typeof found === 'object') return found;
    lines.add();
    const alikes: Alike[] | undefined = found && [];
    ofMixes.set(mix, alikes ?? 'seen');
    return alikes;
  }
  /** Countries in the order of their first appearance. */
  const numbersOfPlaces = new Map<string, number>();
  /** Of the garment at hand. */
  const places = new Int32Array(NOWHERE + 1);
  return (garments: readonly WholeGarment[]) => {
    let before: WholeGarment | undefined;
    let isDefault = false;
    let isKept = false;
    let told = new Map<WholeGarment['materials'], Alike[]>();
    let alikes: Alike[] = [];
    return garments.map((garment) => {
      const { options, numbers, trims, known, materials, massKg } = garment;
      if (options !== before?.options || numbers !== before.numbers || trims !== before.trims) {
        isDefault = tellsNothing(garment);
        told = new Map();
        before = undefined;
      }
      if (materials !== before?.materials) {
        const ofMix = isDefault ? keptFor(materials) : undefined;
        isKept = ofMix !== undefined;
        alikes = ofMix ?? kept(told, materials, () => []);
      }
      before = garment;
      let alike = alikes.find(({ product, process }) => product === known.product && process === known.fabricProcess);
      if (alike === undefined) {
        alike = make(garment);
        alikes.push(alike);
        if (isKept) lines.add(LINES_OF_ALIKE);
      }
      for (let at = 0; at < OWN_PLACES.length; at++) {
        places[at] = kept(numbersOfPlaces, placeOf(garment, OWN_PLACES[at] as StageCode), () => numbersOfPlaces.size);
      }
      let { fixed, perKg } = alike.cost;
      for (const placed of alike.placed) {
        const from = places[placed.from] as number;
        const to = places[placed.to] as number;
        placed.lines[from] ??= [];
        const ways = placed.lines[from] as Line[];
        let line = ways[to];
        if (line === undefined) {
          line = lineOf(placed, garment, alike);
          ways[to] = line;
          if (isKept) lines.add();
        }
        fixed += line.fixed;
        perKg += line.perKg;
      }
      return (fixed + massKg * perKg) / alike.made.durability;
    });
  };
}

/**
 * A ridge regression for each stage of the life cycle, learnt from the stages of upstream's answers: masses, energies, then
 * costs, each on products of what the garment is with the quantities before it.
 */
export const stageRidge: Family<StageParameters> = {
  hyperparameters: { penalty: PENALTY, nodes: NODES.length },
  async train(samples, _spec, { onProgress }) {
    const known = samples.filter((sample): sample is Sample & { facts: AnswerFacts } => sample.facts != null);
    if (known.length === 0) throw new Error('stage-ridge: expected answers that tell of the stages');
    const synthetic = [...new Set(known.flatMap(({ facts }) => facts.synthetic))].sort();
    const economics = fitEconomics(known.map(({ garment, facts: { durability } }) => ({ garment, durability })));
    const rows = known.map(({ garment, facts }) => factorsOf(garment, facts.durability, new Set(synthetic)));
    const nodes = NODES.map((node, at): LearntNode => {
      const learnt =
        'from' in node
          ? {
              name: node.name,
              isCost: false,
              isWhole: false,
              terms: [],
              weights: {},
              difference: [node.from, node.less] as const,
            }
          : fitNode(
              node,
              rows,
              known.map(({ facts }) => node.target(facts)),
            );
      evaluate(learnt, rows);
      onProgress(at + 1, NODES.length);
      return learnt;
    });
    return { economics, synthetic, nodes };
  },

  load: (_spec, parameters) => openStages(parameters),
};
