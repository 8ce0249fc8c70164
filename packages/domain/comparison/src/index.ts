/**
 * Garments side by side (docs/comparison.md): why one costs more than another (`attribution`, over `fields` by `shapley`), what would lower
 * its cost (`levers`), and both in a sentence (`explanation`).
 */
export { type Attribution, attribute, type Effect, told } from './attribution.js';
export { comparisonTable } from './comparison-table.js';
export { type Explanation, explain, type Peers } from './explanation.js';
export { asLabel, differingFields, FIELD_ORDER, FIELDS, type Field, MOST_PLAYERS, valueWords } from './fields.js';
export { type Garment, garmentOf } from './garment.js';
export type { Lever } from './levers.js';
export { shapley } from './shapley.js';
