import { type PredictionRequest, type PredictionWarning, predictionRequestSchema } from '@ecobalyse/schema';
import { toldMaterials } from './garment.js';

/** Fields by their name in small letters: a field that differs in its case only is pointed to. */
const FIELDS: ReadonlyMap<string, string> = new Map(
  Object.keys(predictionRequestSchema.shape).map((name) => [name.toLowerCase(), name]),
);
const MAX_UNKNOWN_FIELDS = 20;
/** Shares such as 0.33, 0.33 and 0.33 are a whole. */
const ROUNDING = 0.0101;

/** The field that tells a material. */
export function materialField(request: PredictionRequest, id: string): string {
  if (request.materials?.length) return 'materials';
  if (request.Materials?.length) return 'Materials';
  return request.MaterialId_2 === id ? 'MaterialId_2' : 'MaterialId_1';
}

/** What a request tells that no model looks at, or that does not add up. */
export function requestWarnings(request: PredictionRequest): PredictionWarning[] {
  const unknown = Object.keys(request).filter(
    (field) => !Object.hasOwn(predictionRequestSchema.shape, field) && request[field] !== null,
  );
  const warnings = unknown.slice(0, MAX_UNKNOWN_FIELDS).map((field): PredictionWarning => {
    const meant = FIELDS.get(field.toLowerCase());
    return {
      code: 'unknown-field',
      field,
      message: `${field}: not a field of this request, left out${meant ? `; ${meant} is one` : ''}`,
    };
  });
  const materials = toldMaterials(request);
  const [first] = materials;
  const total = materials.reduce((sum, { share }) => sum + share, 0);
  if (first && Math.abs(total - 1) > ROUNDING) {
    const field = materialField(request, first.id);
    warnings.push({
      code: 'incomplete-shares',
      field,
      message: `${field}: the shares add up to ${Math.round(total * 10_000) / 10_000} instead of 1, taken in proportion`,
    });
  }
  return warnings;
}
