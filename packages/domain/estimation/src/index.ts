/**
 * Estimates of garments of which fields are unknown (docs/estimates.md): exact bounds of the cost (`bounds`, `chain`,
 * `durabilities`, `mixes`), its distribution by drawing what is missing (`sector`, `catalogue`), and what to ask first (`ask`).
 */
export { boundsOf } from './bounds.js';
export { catalogueDistribution } from './catalogue.js';
export { type Description, DescriptionError, descriptionOf, readDescription } from './description.js';
export { type EstimateOptions, estimate } from './estimate.js';
export { FIELD_NAMES, type FieldName, fieldOf, type Query, UNKNOWN_COUNTRY } from './fields.js';
export { logUniform, triangular } from './laws.js';
export { type ProfileProduct, profile } from './profile.js';
export { quantiles } from './quantiles.js';
export { type Random, seededRandom } from './random.js';
export {
  countrySampler,
  type Distribution,
  garmentSampler,
  LEGAL_DEFAULTS,
  type Sampler,
  SECTOR,
  SECTOR_TABLE,
} from './sector.js';
