import type {
  CountryDocument,
  ImpactDocument,
  ImpactDocumentation,
  NamedDocument,
  ProductDetails,
} from '@ecobalyse/schema';
import type { Db, IndexDescription } from 'mongodb';
import type { PipelineRun, PipelineState } from './pipeline-runs.js';

/** Documents of each collection, by the collection's name (CONTRACT, "Collections"). */
export interface CollectionTypes {
  countries: CountryDocument;
  materials: NamedDocument;
  products: NamedDocument;
  fabricProcess: NamedDocument;
  products_details: ProductDetails;
  impacts: ImpactDocument;
  impacts_documentation: ImpactDocumentation;
  pipeline_runs: PipelineRun;
  pipeline_states: PipelineState;
}

export type CollectionName = keyof CollectionTypes;

/** Index of each collection, named after the query that it serves. */
const INDEXES: Record<CollectionName, IndexDescription[]> = {
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
  ],
  impacts_documentation: [{ name: 'impact_documentation_by_code', key: { code: 1 }, unique: true }],
  pipeline_runs: [
    { name: 'runs_of_pipeline', key: { pipeline: 1, createdAt: -1 } },
    { name: 'runs_by_state', key: { state: 1, createdAt: -1 } },
  ],
  pipeline_states: [],
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
