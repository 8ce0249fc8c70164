import { type ImpactDocument, materialCountry, type PlatformFields, tagsOfReplaced } from '@ecobalyse/schema';
import type { AnyBulkWriteOperation, Document, Filter } from 'mongodb';
import { ObjectId } from 'mongodb';
import type { Store } from './connection.js';
import { averageImpacts, coveredImpacts } from './impacts.js';
import { withInvalidation } from './invalidations.js';

/** Documents completed by one write. */
const BATCH = 500;

/** Documents that lack what the platform adds, or that an earlier version of it wrote; an index finds them. */
const INCOMPLETE: Filter<Document> = { '_platform.coveredCount': null };

type Fields = Record<string, unknown>;
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const codeOf = (country: unknown) => textOf(fieldsOf(country).code);

/** Fields that are defaults of the method where an answer has them so: nobody need have asked for them. */
const isDefault = (value: unknown) =>
  value === null || value === undefined || value === false || (Array.isArray(value) && value.length === 0);

/**
 * What was asked for, as far as an answer tells. Trims are left out: an answer names those of the product type where none
 * were asked for, and the original never asks for any.
 */
function queryOf({ inputs, lifeCycle }: Document): PlatformFields['query'] {
  const {
    product,
    materials,
    countryFabric,
    countryDyeing,
    countryMaking,
    fabricProcess,
    trims: _trims,
    ...options
  } = fieldsOf(inputs);
  const spinning = Array.isArray(lifeCycle) ? fieldsOf(lifeCycle[1]).country : null;
  const asked: Fields = {
    ...options,
    product: textOf(fieldsOf(product).id),
    materials: (Array.isArray(materials) ? materials : []).map((entry: unknown) => {
      const { material, share, country } = fieldsOf(entry);
      const from = materialCountry(country);
      return { id: textOf(fieldsOf(material).id), share, ...(from !== null && { country: from }) };
    }),
    countrySpinning: codeOf(spinning),
    countryFabric: codeOf(countryFabric),
    countryDyeing: codeOf(countryDyeing),
    countryMaking: codeOf(countryMaking),
    fabricProcess: textOf(fabricProcess) ?? textOf(fieldsOf(product).fabric),
  };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => !isDefault(value)));
}

function timeOf(value: unknown): string | null {
  const time = value instanceof Date ? value : new Date(textOf(value) ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

/** What the platform adds to a document: what is there already is kept, but for the form of its times. */
function platformOf(document: Document): PlatformFields {
  const known = fieldsOf(document._platform) as Partial<PlatformFields>;
  const impacts = fieldsOf(document.impacts);
  const covered = Array.isArray(known.coveredImpacts) ? known.coveredImpacts : coveredImpacts(impacts);
  const addedAt = document._id instanceof ObjectId ? document._id.getTimestamp() : new Date();
  const createdAt = timeOf(known.createdAt) ?? addedAt.toISOString();
  return {
    source: 'other',
    query: queryOf(document),
    scenario: null,
    methodVersion: null,
    // What was asked for is not certain, so the document counts as one of its own.
    contentHash: String(document.md5_id),
    answerHash: '',
    insertedByRun: null,
    updatedByRun: null,
    ...known,
    coveredImpacts: covered,
    coveredCount: covered.length,
    averageImpacts: averageImpacts(impacts),
    createdAt,
    updatedAt: timeOf(known.updatedAt) ?? createdAt,
  };
}

/**
 * Adds what the platform adds to documents that another platform, or an earlier version of this one, wrote into the
 * database: at any time, also beside us. Whoever does it at the same time, or is killed meanwhile, does no harm.
 *
 * @param scope - only documents that it finds.
 * @returns how many documents were completed.
 */
export async function completeDocuments(
  store: Store,
  scope: Filter<Document> = {},
  signal?: AbortSignal,
): Promise<number> {
  const impacts = store.db.collection('impacts');
  for (let completed = 0; ; ) {
    signal?.throwIfAborted();
    const found = await impacts
      .find({ $and: [scope, INCOMPLETE] })
      .project({ product_id: 1, md5_id: 1, impacts: 1, inputs: 1, 'lifeCycle.country.code': 1, _platform: 1 })
      .limit(BATCH)
      .toArray();
    if (found.length === 0) return completed;
    const writes = found.map(
      (document): AnyBulkWriteOperation<Document> => ({
        updateOne: {
          filter: { _id: document._id, ...INCOMPLETE },
          update: { $set: { _platform: platformOf(document) } },
        },
      }),
    );
    const tags = tagsOfReplaced(found.map(({ product_id }: Partial<ImpactDocument>) => String(product_id)));
    await withInvalidation(store, null, { tags, write: () => impacts.bulkWrite(writes, { ordered: false }) });
    completed += found.length;
  }
}
