import { inWords } from '@ecobalyse/schema';
import type { Complements } from './complements.js';
import type { Durability } from './durability.js';
import type { Garment } from './resolve.js';
import type { Stage } from './stage.js';
import { TextileQueryError } from './textile-query-error.js';
import { pts, type Scores, scores } from './units.js';

/** The results of a garment (METHOD §14). */
export interface Totals {
  readonly impacts: Scores;
  readonly impactsWithoutDurability: Scores;
  /** Those of the enabled stages, divided by durability. */
  readonly complements: Complements;
}

/** A number that is not finite as soon as one of the numbers that an answer shows of a stage, enabled or not, is not. */
function overflowOf({ mass, work, complements, transport }: Stage): number {
  const { microfibres, outOfEuropeEndOfLife } = complements;
  const ecs = work.impacts.ecs + microfibres + outOfEuropeEndOfLife + transport.impacts.ecs;
  return mass.inputKg + work.elecKWh + work.heatMJ + ecs + work.impacts.pef + transport.impacts.pef;
}

/**
 * Sums the enabled stages and the trims, and divides by durability (METHOD §14).
 *
 * @throws {TextileQueryError} with the key `general` when a number of the query is so large that a result overflows.
 */
export function totalsOf({ trims }: Garment, stages: readonly Stage[], { coefficient }: Durability): Totals {
  let ecs: number = trims.impacts.ecs;
  let pef: number = trims.impacts.pef;
  let microfibres = 0;
  let outOfEuropeEndOfLife = 0;
  let overflow = 0;
  for (const stage of stages) {
    overflow += overflowOf(stage);
    if (!stage.enabled) continue;
    ecs += stage.work.impacts.ecs + stage.transport.impacts.ecs;
    pef += stage.work.impacts.pef + stage.transport.impacts.pef;
    microfibres += stage.complements.microfibres;
    outOfEuropeEndOfLife += stage.complements.outOfEuropeEndOfLife;
  }
  const ecsWithoutDurability = ecs + microfibres + outOfEuropeEndOfLife;
  const impacts = scores(ecsWithoutDurability / coefficient, pef / coefficient);
  if (!Number.isFinite(overflow + impacts.ecs + impacts.pef)) {
    throw new TextileQueryError({
      general: inWords(
        {
          fr: 'le résultat dépasse la capacité de calcul ; attendu : une masse et des quantités plus petites',
          en: 'the result is too large to compute; expected: a smaller mass and smaller quantities',
        },
        'fr',
      ),
    });
  }
  return {
    impacts,
    impactsWithoutDurability: scores(ecsWithoutDurability, pef),
    complements: {
      microfibres: pts(microfibres / coefficient),
      outOfEuropeEndOfLife: pts(outOfEuropeEndOfLife / coefficient),
    },
  };
}
