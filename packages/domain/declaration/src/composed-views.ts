import { type Language, type LotAnswer, type MulticomponentAnswer, warningsIn } from '@ecobalyse/schema';
import { type Composed, composedFindings, type Lot, lotFindings, scoreComposed, scoreLot } from './composed.js';

/**
 * Scores a lot, as the API and the command line tell it.
 *
 * @param sent - the lot as it was sent, with what was passed over in it.
 * @throws ComposedQueryError as `scoreLot` does.
 */
export function lotView(lot: Lot, sent: unknown, language: Language): LotAnswer {
  const score = scoreLot(lot);
  const warnings = warningsIn(lotFindings(lot, score, sent), language);
  if (score.rule === 'out-of-scope') {
    const none = { mass: null, ecs: null, per_100g: null, items: [], as_portal: null, warnings };
    return { rule: score.rule, out_of_scope: [...score.outOfScope], ...none };
  }
  const { rule, mass, ecs, per100g, items, asPortal } = score;
  const views = items.map(({ numberOfItem, ...item }) => ({ ...item, number_of_item: numberOfItem }));
  return { rule, out_of_scope: [], mass, ecs, per_100g: per100g, items: views, as_portal: asPortal, warnings };
}

/** The same of a garment of several components. @throws ComposedQueryError as `scoreComposed` does. */
export function composedView(garment: Composed, sent: unknown, language: Language): MulticomponentAnswer {
  const score = scoreComposed(garment);
  const { mass, main, byComponent, simplified1, simplified2, asPortal } = score;
  const view = ({ ecs, per100g }: typeof simplified1) => ({ ecs, per_100g: per100g });
  return {
    mass,
    main,
    by_component: { ...view(byComponent), components: [...byComponent.components] },
    simplified_1: view(simplified1),
    simplified_2: simplified2 && view(simplified2),
    as_portal: asPortal,
    warnings: warningsIn(composedFindings(garment, score, sent), language),
  };
}
