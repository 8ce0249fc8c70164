export { completeDocuments } from './adopted-documents.js';
export * from './api-keys.js';
export * from './catalogue-changes.js';
export * from './catalogue-products.js';
export * from './catalogue-simulations.js';
export * from './catalogues.js';
export * from './collections.js';
export * from './connection.js';
export * from './costs.js';
export * from './file-mappings.js';
export { type ImpactFilter, impactQuery, type SoughtWord } from './impact-filter.js';
export * from './impact-overview.js';
export {
  countFound,
  findDocument,
  findDocuments,
  type ImpactOrder,
  type ImpactPage,
  needsScan,
  rankProducts,
  searchImpacts,
  streamImpacts,
} from './impact-search.js';
export * from './impacts.js';
export * from './incidents.js';
export { ensureIndexes } from './indexes.js';
export * from './invalidations.js';
export * from './key-records.js';
export { contentMark, type MarkLines, markLineReader } from './mark-lines.js';
export * from './method-versions.js';
export { type MigrationLogger, migrate, pendingMigrations } from './migrate.js';
export * from './model-checks.js';
export * from './pipeline-runs.js';
export * from './product-jobs.js';
export * from './reference-data.js';
export * from './retention.js';
export * from './sampled-queries.js';
export { isSearchTooSlow, type SearchBounds } from './search-bounds.js';
export * from './sessions.js';
export * from './statistics.js';
export type * from './stored-documents.js';
export * from './training-rows.js';
