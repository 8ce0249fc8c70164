/**
 * The textile method (docs/method.md), version 7.0.0: pure functions over the figures of `figures/`.
 *
 * Scoring a garment: `simulateDetailed`, `simulateSimple`, `simulateTotals`; they throw `TextileQueryError` when the query is
 * refused. `totalsOfQuery` and `simulateQuery` work out many garments that differ in a few fields. A query is read and checked (`read-query`, `check-query`), its defaults put in place (`resolve`), its masses
 * (`mass-chain`), stages (`stages/`), transport, trims and durability worked out (`simulation`), summed (`totals`), and shown
 * (`answers/`).
 */
export { accepts } from './accepts.js';
export type { AnswerOptions, DetailedAnswer, StageObject, TransportObject } from './answers/detailed-answer.js';
export type { EchoedQuery } from './answers/echoed-query.js';
export type { SimpleAnswer } from './answers/simple-answer.js';
export { DEFAULT_WEB_BASE_URL } from './answers/web-url.js';
export { type Assumptions, assumptionsOf } from './assumptions.js';
export type { Durability } from './durability.js';
export {
  constants,
  figuresText,
  impactFigures as impactDefinitions,
  limits,
  methodVersion,
  provenance,
} from './figures/figures.js';
export {
  type CountryListItem,
  listCountries,
  listFabrics,
  listMaterialDetails,
  listMaterials,
  listProductDetails,
  listProducts,
  listTrims,
  type NamedListItem,
} from './lists.js';
export type { ReadQuery } from './query.js';
export { readTextileQuery } from './read-query.js';
export type { Simulation } from './simulation.js';
export type { Stage } from './stage.js';
export {
  durabilityOfQuery,
  type SimulationTotals,
  simulateDetailed,
  simulateQuery,
  simulateSimple,
  simulateTotals,
  totalsOfQuery,
} from './textile-method.js';
export { TextileQueryError } from './textile-query-error.js';
