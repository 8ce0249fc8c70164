import type { Words } from '@ecobalyse/schema';

/** Headers of what a result tells beside the product: not read when the file comes back. */
export const RESULT_COLUMNS = {
  reason: { fr: 'Refusé parce que', en: 'Refused because' },
  status: { fr: 'Résultat', en: 'Outcome' },
  ecs: { fr: 'Coût environnemental (Pts)', en: 'Environmental cost (Pts)' },
  ecsPer100g: { fr: 'Coût pour 100 g (Pts)', en: 'Cost per 100 g (Pts)' },
  percentile: { fr: 'Rang dans son type (%)', en: 'Rank within its type (%)' },
  mainCause: { fr: 'Cause principale', en: 'Main cause' },
  warnings: { fr: 'Alertes', en: 'Warnings' },
  methodVersion: { fr: 'Version de la méthode', en: 'Version of the method' },
  line: { fr: 'Ligne du fichier', en: 'Line of the file' },
  identity: { fr: 'Identité', en: 'Identity' },
} as const satisfies Readonly<Record<string, Words>>;
