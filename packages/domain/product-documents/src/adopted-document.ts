import { hash } from 'node:crypto';
import type { PlatformFields } from '@ecobalyse/schema';
import { type Fields, fieldsOf, textOf } from './fields.js';
import { materialCountry } from './flat-impact.js';
import { averageImpacts, coveredImpacts } from './impact-document.js';

const codeOf = (country: unknown) => textOf(fieldsOf(country).code);

/** Fields that are defaults of the method where an answer has them so: nobody need have asked for them. */
const isDefault = (value: unknown) =>
  value === null || value === undefined || value === false || (Array.isArray(value) && value.length === 0);

/**
 * What was asked for, as far as an answer tells. Trims are left out: an answer names those of the product type where none
 * were asked for, and the original never asks for any.
 */
function queryOf({ inputs, lifeCycle }: Fields): PlatformFields['query'] {
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

/**
 * What the platform adds to a document that another platform, or an earlier version of this one, stored: what is there
 * already is kept, but for the form of its times.
 *
 * @param addedAt - when it was stored, where it does not say itself.
 */
export function adoptedFields(document: Fields, addedAt: Date): PlatformFields {
  const known = fieldsOf(document._platform) as Partial<PlatformFields>;
  const impacts = fieldsOf(document.impacts);
  const covered = Array.isArray(known.coveredImpacts) ? known.coveredImpacts : coveredImpacts(impacts);
  const createdAt = timeOf(known.createdAt) ?? addedAt.toISOString();
  const { _id, _platform, ...content } = document;
  return {
    source: 'other',
    query: queryOf(document),
    scenario: null,
    methodVersion: null,
    // What was asked for is not certain, so the document counts as one of its own.
    contentHash: String(document.md5_id),
    insertedByRun: null,
    updatedByRun: null,
    ...known,
    // Over the identity too: never that of an answer, so that the next answer to the same query takes the document's place.
    answerHash: known.answerHash || hash('sha256', JSON.stringify(content)),
    coveredImpacts: covered,
    coveredCount: covered.length,
    averageImpacts: averageImpacts(impacts),
    createdAt,
    updatedAt: timeOf(known.updatedAt) ?? createdAt,
  };
}
