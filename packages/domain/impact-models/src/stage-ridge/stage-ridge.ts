import type { AnswerFacts } from '../answer-facts.js';
import type { Family, Sample } from '../families/family.js';
import type { WholeGarment } from '../garment.js';
import { durabilityOf, type Economics, fitEconomics } from './durability.js';
import { factorsOf } from './factors.js';
import { evaluate, fitNode, type LearntNode, PENALTY } from './learnt-node.js';
import { NODES } from './nodes.js';

/** Everything that the family has learnt, as plain JSON. */
export interface StageParameters {
  economics: Economics;
  synthetic: string[];
  nodes: LearntNode[];
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
      for (const row of rows) evaluate(learnt, row);
      onProgress(at + 1, NODES.length);
      return learnt;
    });
    return { economics, synthetic, nodes };
  },

  load(_spec, { economics, synthetic, nodes }) {
    const isSynthetic = new Set(synthetic);
    return (garments: readonly WholeGarment[]) =>
      garments.map((garment) => {
        const learnt = economics[garment.known.product] ?? Object.values(economics)[0];
        const durability = learnt ? durabilityOf(garment, learnt) : 1;
        const factors = factorsOf(garment, durability, isSynthetic);
        let cost = 0;
        for (const node of nodes) {
          const value = evaluate(node, factors);
          if (node.isCost) cost += value;
        }
        return cost / durability;
      });
  },
};
