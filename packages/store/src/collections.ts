import type {
  CountryDocument,
  ImpactDocument,
  ImpactDocumentation,
  NamedDocument,
  ProductDetails,
} from '@ecobalyse/schema';
import type { Db, IndexDescription } from 'mongodb';
import type { ApiKeyDocument } from './api-keys.js';
import type { PipelineRun, PipelineState } from './pipeline-runs.js';
import type { ProductJob, ProductJobChunk } from './product-jobs.js';
import type { Session } from './sessions.js';

/** Documents of each collection, by the collection's name (CONTRACT, "Collections"). */
export interface CollectionTypes {
  api_keys: ApiKeyDocument;
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
  sessions: Session;
}

export type CollectionName = keyof CollectionTypes;

/** Index of each collection, named after the query that it serves. */
const INDEXES: Record<CollectionName, IndexDescription[]> = {
  api_keys: [{ name: 'key_by_name', key: { name: 1 }, unique: true }],
  countries: [{ name: 'country_by_code', key: { code: 1 }, unique: true }],
  materials: [{ name: 'material_by_id', key: { id: 1 }, unique: true }],
  products: [{ name: 'product_by_id', key: { id: 1 }, unique: true }],
  fabricProcess: [{ name: 'fabric_process_by_id', key: { id: 1 }, unique: true }],
  products_details: [{ name: 'garment_by_product_and_label', key: { product: 1, label: 1 }, unique: true }],
  impacts: [
    { name: 'impact_by_md5_id', key: { md5_id: 1 }, unique: true },
    { name: 'impacts_of_product', key: { product_id: 1, md5_id: 1 } },
    { name: 'impacts_of_product_in_country', key: { product_id: 1, 'inputs.countryFabric.code': 1, md5_id: 1 } },
    { name: 'impacts_of_product_by_average', key: { product_id: 1, '_platform.averageImpacts': 1, md5_id: 1 } },
    { name: 'impacts_of_product_by_cost', key: { product_id: 1, 'impacts.ecs': 1, md5_id: 1 } },
    { name: 'impacts_by_cost', key: { 'impacts.ecs': 1, md5_id: 1 } },
    { name: 'impacts_by_age', key: { '_platform.createdAt': 1, md5_id: 1 } },
    { name: 'impacts_of_material', key: { 'inputs.materials.material.id': 1, md5_id: 1 } },
  ],
  impacts_documentation: [{ name: 'impact_documentation_by_code', key: { code: 1 }, unique: true }],
  pipeline_runs: [
    { name: 'runs_of_pipeline', key: { pipeline: 1, createdAt: -1 } },
    { name: 'runs_by_state', key: { state: 1, createdAt: -1 } },
  ],
  pipeline_states: [],
  product_jobs: [
    { name: 'newest_product_jobs', key: { createdAt: -1 } },
    { name: 'product_jobs_by_status', key: { status: 1, createdAt: -1 } },
  ],
  product_job_chunks: [{ name: 'chunks_of_product_job', key: { job: 1, n: 1 }, unique: true }],
  sessions: [],
};

/**
 * Creates the indexes that are missing; those that exist are left alone.
 *
 * @returns how many indexes the platform's collections have.
 */
export async function ensureIndexes(db: Db): Promise<number> {
  const created = await Promise.all(
    Object.entries(INDEXES)
      .filter(([, indexes]) => indexes.length > 0)
      .map(([name, indexes]) => db.collection(name).createIndexes(indexes)),
  );
  return created.flat().length;
}
