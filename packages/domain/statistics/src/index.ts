/**
 * Statistics of catalogues (docs/statistics.md): pure functions over garments, computed exactly or with a seed. `ANALYSES` are
 * those of catalogues, `sensitivity` that of the method over a distribution of garments.
 */
export {
  ANALYSES,
  type AnalysisName,
  type AnalysisQueries,
  analyseSensitivity,
  type ReadCatalogue,
  referenceOf,
} from './analyses.js';
export { bestOf, type Segmentation, segmentations } from './clusters.js';
export { type GarmentDistribution, readDistribution, SECTOR_DISTRIBUTION } from './distribution.js';
export { FACTORS } from './effects.js';
export type { CatalogueRow } from './garments.js';
export { distancesBetween, meanSilhouette } from './silhouette.js';
