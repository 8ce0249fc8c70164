import { SECTOR_TABLE } from '@ecobalyse/estimation';
import type { AnswerFacts } from '../answer-facts.js';
import type { Family, Sample } from '../families/family.js';
import type { WholeGarment } from '../garment.js';
import { durabilityOf, type Economics, fitEconomics } from './durability.js';
import { compile, evaluate, type Lookup } from './evaluator.js';
import { factorsOf, type Made, madeOf, PLACE_FACTORS, placeFactors } from './factors.js';
import { fitNode, type LearntNode, PENALTY } from './learnt-node.js';
import { NODES } from './nodes.js';

/** Everything that the family has learnt, as plain JSON. */
export interface StageParameters {
  economics: Economics;
  synthetic: string[];
  nodes: LearntNode[];
}

/** What does not depend on mass and places of garments that are made alike. */
interface Alike {
  readonly product: string;
  readonly process: string;
  readonly made: Made;
  readonly lookup: Lookup;
  /** The cost of what depends on no place. */
  readonly cost: Line;
  /** What the rest needs. */
  readonly numbers: readonly (Line & { readonly slot: number })[];
}

/** A value without mass, and what each kg adds. */
interface Line {
  readonly fixed: number;
  readonly perKg: number;
}

const tellsNothing = ({ options, numbers, trims }: WholeGarment) =>
  trims === null && [...Object.values(options), ...Object.values(numbers)].every((value) => value === null);

type AlikeByMaterials = Map<WholeGarment['materials'], Alike[]>;

/**
 * The quantities that depend on places, and the names of others that they need. All others are lines over the mass of the
 * garment (a mass is multiplied once, METHOD §7 to §11), so that their values for 0 and for 1 kg tell those of every garment
 * that is made alike.
 */
function split(nodes: readonly LearntNode[]) {
  const varying = new Set<string>(PLACE_FACTORS);
  const made: LearntNode[] = [];
  const placed: LearntNode[] = [];
  const namesOf = (node: LearntNode) => [...(node.difference ?? []), ...node.terms.flatMap(({ factors }) => factors)];
  const valuesOf = (node: LearntNode) => [node.name, ...node.terms.flatMap(({ part }) => part ?? [])];
  for (const node of nodes) {
    const isPlaced = namesOf(node).some((name) => varying.has(name));
    (isPlaced ? placed : made).push(node);
    if (isPlaced) for (const name of valuesOf(node)) varying.add(name);
  }
  const known = new Set(made.filter(({ isCost }) => !isCost).flatMap(valuesOf));
  return {
    made,
    placed,
    needed: [...new Set(placed.flatMap(namesOf))].filter((name) => name === 'mass' || known.has(name)),
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

  load(_spec, { economics, synthetic, nodes }) {
    const isSynthetic = new Set(synthetic);
    const [anyLearnt] = Object.values(economics);
    const { made: madeNodes, placed, needed } = split(nodes);
    const [ofMade, ofPlaces] = [compile(madeNodes), compile(placed)];
    const mass = ofMade.slotOf('mass');
    const slots = needed.map((name) => ({ from: ofMade.slotOf(name), to: ofPlaces.slotOf(name) }));
    const make = (garment: WholeGarment): Alike => {
      const { product, fabricProcess: process } = garment.known;
      const learnt = economics[product] ?? anyLearnt;
      const made = madeOf(garment, learnt ? durabilityOf(garment, learnt) : 1, isSynthetic);
      ofMade.put(made.factors);
      const at = (massKg: number) => {
        ofMade.numbers[mass] = massKg;
        return { cost: ofMade.run(), numbers: slots.map(({ from }) => ofMade.numbers[from] as number) };
      };
      const [none, one] = [at(0), at(1)];
      return {
        product,
        process,
        made,
        lookup: ofPlaces.look(made.factors),
        cost: { fixed: none.cost, perKg: one.cost - none.cost },
        numbers: slots.map(({ to: slot }, rank) => {
          const fixed = none.numbers[rank] as number;
          return { slot, fixed, perKg: (one.numbers[rank] as number) - fixed };
        }),
      };
    };
    /** What garments of the sector are made of comes again and again, as long as they tell none of their options. */
    const ofSector: AlikeByMaterials = new Map(SECTOR_TABLE.rows.map(({ materials }) => [materials, []]));
    return (garments: readonly WholeGarment[]) => {
      let before: WholeGarment | undefined;
      let isDefault = false;
      let told: AlikeByMaterials = new Map();
      return garments.map((garment) => {
        const { options, numbers, trims, known, materials, massKg } = garment;
        if (options !== before?.options || numbers !== before.numbers || trims !== before.trims) {
          isDefault = tellsNothing(garment);
          told = new Map();
        }
        before = garment;
        let others = (isDefault ? ofSector.get(materials) : undefined) ?? told.get(materials);
        if (others === undefined) {
          others = [];
          told.set(materials, others);
        }
        let alike = others.find(({ product, process }) => product === known.product && process === known.fabricProcess);
        if (alike === undefined) {
          alike = make(garment);
          others.push(alike);
        }
        ofPlaces.putAgain(alike.lookup);
        for (const { slot, fixed, perKg } of alike.numbers) ofPlaces.numbers[slot] = fixed + massKg * perKg;
        ofPlaces.put(placeFactors(garment, alike.made));
        return (alike.cost.fixed + massKg * alike.cost.perKg + ofPlaces.run()) / alike.made.durability;
      });
    };
  },
};
