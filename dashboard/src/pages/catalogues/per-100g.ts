/** Cost of 100 g of a product, in Pts; null without a cost or a mass. */
export const per100g = ({ ecs, mass }: { readonly ecs: number | null; readonly mass: number | null }): number | null =>
  ecs === null || mass === null || mass <= 0 ? null : ecs / mass / 10;
