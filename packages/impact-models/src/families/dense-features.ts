import type { FeatureSpec } from '../feature-spec.js';
import { COUNTRY_FIELDS, composition, NUMBER_FIELDS, OPTION_FIELDS, type WholeGarment } from '../garment.js';

/** A vector of a garment: one-hot categories, shares of materials, scaled numbers. */
export function denseFeatures(spec: FeatureSpec): { width: number; encode: (garment: WholeGarment) => Float32Array } {
  const positions = new Map<string, number>();
  const place = (group: string, levels: readonly string[]) => {
    for (const level of levels) positions.set(`${group} ${level}`, positions.size);
  };
  place('product', spec.known.product);
  place('country', [...new Set(COUNTRY_FIELDS.flatMap((field) => spec.known[field]))]);
  if (spec.mixedCountries) for (const field of COUNTRY_FIELDS) place(field, spec.known[field]);
  place('process', spec.known.fabricProcess);
  place('material', spec.materials);
  place('composition', spec.compositions);
  for (const field of OPTION_FIELDS) if (spec.options[field].length > 1) place(field, spec.options[field]);
  for (const field of NUMBER_FIELDS) if (spec.numbers[field]) place('number', [`${field} given`, field]);

  function encode({ known, materials, options, numbers }: WholeGarment): Float32Array {
    const vector = new Float32Array(positions.size);
    const add = (name: string, value: number) => {
      const position = positions.get(name);
      if (position !== undefined) vector[position] = (vector[position] as number) + value;
    };
    add(`product ${known.product}`, 1);
    for (const field of COUNTRY_FIELDS) {
      add(`country ${known[field]}`, 1 / COUNTRY_FIELDS.length);
      add(`${field} ${known[field]}`, 1);
    }
    add(`process ${known.fabricProcess}`, 1);
    for (const { id, share } of materials) add(`material ${id}`, share);
    add(`composition ${composition(materials)}`, 1);
    for (const field of OPTION_FIELDS) add(`${field} ${options[field] ?? ''}`, 1);
    for (const field of NUMBER_FIELDS) {
      const [value, range] = [numbers[field], spec.numbers[field]];
      if (value === null || !range) continue;
      add(`number ${field} given`, 1);
      add(`number ${field}`, range.max > range.min ? (value - range.min) / (range.max - range.min) : 0);
    }
    return vector;
  }
  return { width: positions.size, encode };
}
