import type {
  CountryDocument,
  ImpactDocument,
  ImpactDocumentation,
  NamedDocument,
  ProductDetails,
} from '@ecobalyse/schema';
import type {
  ApiKeyDocument,
  DesignedGarment,
  MigrationRecord,
  PendingInvalidation,
  PipelineRun,
  PipelineState,
  ProductJob,
  ProductJobChunk,
  Session,
} from './stored-documents.js';

/** Documents of each collection, by the collection's name (CONTRACT, "Collections"). */
export interface CollectionTypes {
  api_keys: ApiKeyDocument;
  cache_invalidations: PendingInvalidation;
  countries: CountryDocument;
  materials: NamedDocument;
  products: NamedDocument;
  fabricProcess: NamedDocument;
  products_details: ProductDetails;
  impacts: ImpactDocument;
  impacts_documentation: ImpactDocumentation;
  pipeline_runs: PipelineRun;
  pipeline_states: PipelineState;
  product_jobs: ProductJob;
  product_job_chunks: ProductJobChunk;
  schema_migrations: MigrationRecord;
  sessions: Session;
  training_garments: DesignedGarment;
}

export type CollectionName = keyof CollectionTypes;
