import type { LotAnswer, MulticomponentAnswer } from '@ecobalyse/schema';
import type { ComposedScore, LotScore } from './composed.js';

/** A score as the API and the command line tell it. */
export function lotView(score: LotScore): LotAnswer {
  if (score.rule === 'out-of-scope') {
    const none = { mass: null, ecs: null, per_100g: null, items: [], as_portal: null };
    return { rule: score.rule, out_of_scope: [...score.outOfScope], ...none };
  }
  const { rule, mass, ecs, per100g, items, asPortal } = score;
  const views = items.map(({ numberOfItem, ...item }) => ({ ...item, number_of_item: numberOfItem }));
  return { rule, out_of_scope: [], mass, ecs, per_100g: per100g, items: views, as_portal: asPortal };
}

export function composedView(score: ComposedScore): MulticomponentAnswer {
  const { mass, main, byComponent, simplified1, simplified2, asPortal } = score;
  const view = ({ ecs, per100g }: typeof simplified1) => ({ ecs, per_100g: per100g });
  return {
    mass,
    main,
    by_component: { ...view(byComponent), components: [...byComponent.components] },
    simplified_1: view(simplified1),
    simplified_2: simplified2 && view(simplified2),
    as_portal: asPortal,
  };
}
