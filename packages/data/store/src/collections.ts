import type {
  CountryDocument,
  ImpactDocument,
  ImpactDocumentation,
  NamedDocument,
  ProductDetails,
  STATISTICS,
  StatisticDocument,
  StatisticName,
  StatisticsSummary,
} from '@ecobalyse/schema';
import type {
  ApiKeyDay,
  ApiKeyDocument,
  AuditLineDocument,
  Catalogue,
  CatalogueChange,
  CatalogueHistoryEntry,
  CatalogueMethodChange,
  CatalogueProduct,
  DesignedGarment,
  Incident,
  KeptSimulation,
  KeptVersion,
  MethodChange,
  MigrationRecord,
  ModelCheck,
  ModelWatch,
  PendingInvalidation,
  PipelineRun,
  PipelineState,
  ProductJob,
  ProductJobChunk,
  Session,
  StoredFileMapping,
  TaskAttempt,
  TrackedMetric,
  TrackedModelAlias,
  TrackedModelVersion,
  TrackedRunRecord,
} from './stored-documents.js';

type StatisticCollections = {
  /** Numbered in the order in which they were written. */
  [Name in StatisticName as (typeof STATISTICS)[Name]['collection']]: StatisticDocument<Name> & { _id: number };
};

/** A collection that takes the place of another one when it is complete. */
export type BuildingName = `${string}__building_${string}`;

/** Documents of each collection, by the collection's name (CONTRACT, "Collections"). */
export interface CollectionTypes extends StatisticCollections {
  [building: BuildingName]: { _id: number | string; [field: string]: unknown };
  api_keys: ApiKeyDocument;
  api_key_days: ApiKeyDay;
  audit_lines: AuditLineDocument;
  cache_invalidations: PendingInvalidation;
  catalogues: Catalogue;
  catalogue_changes: CatalogueChange;
  catalogue_history: CatalogueHistoryEntry;
  catalogue_method_changes: CatalogueMethodChange;
  catalogue_products: CatalogueProduct;
  catalogue_simulations: KeptSimulation;
  countries: CountryDocument;
  materials: NamedDocument;
  products: NamedDocument;
  fabricProcess: NamedDocument;
  file_mappings: StoredFileMapping;
  products_details: ProductDetails;
  incidents: Incident;
  impacts: ImpactDocument;
  impact_versions: KeptVersion;
  impacts_documentation: ImpactDocumentation;
  method_changes: MethodChange;
  model_checks: ModelCheck;
  model_watches: ModelWatch;
  pipeline_runs: PipelineRun;
  pipeline_states: PipelineState;
  product_jobs: ProductJob;
  product_job_chunks: ProductJobChunk;
  schema_migrations: MigrationRecord;
  sessions: Session;
  stats_summary: StatisticsSummary;
  task_attempts: TaskAttempt;
  tracking_metrics: TrackedMetric;
  tracking_model_aliases: TrackedModelAlias;
  tracking_model_versions: TrackedModelVersion;
  tracking_runs: TrackedRunRecord;
  training_garments: DesignedGarment;
}

export type CollectionName = keyof CollectionTypes;
