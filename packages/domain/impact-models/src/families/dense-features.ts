import type { FeatureSpec } from '../feature-spec.js';
import { COUNTRY_FIELDS, composition, NUMBER_FIELDS, OPTION_FIELDS, type WholeGarment } from '../garment.js';

/** Where the columns of a group of categories stand in the vector. */
type Places = ReadonlyMap<string, number>;

/** A vector of a garment: one-hot categories, shares of materials, scaled numbers. */
export function denseFeatures(spec: FeatureSpec): { width: number; encode: (garment: WholeGarment) => Float32Array } {
  let width = 0;
  const place = (levels: readonly string[]): Places => new Map(levels.map((level) => [level, width++]));
  const products = place(spec.known.product);
  const countries = place([...new Set(COUNTRY_FIELDS.flatMap((field) => spec.known[field]))]);
  const stages = COUNTRY_FIELDS.map((field) => [field, place(spec.mixedCountries ? spec.known[field] : [])] as const);
  const processes = place(spec.known.fabricProcess);
  const materialPlaces = place(spec.materials);
  const compositions = place(spec.compositions);
  const choices = OPTION_FIELDS.map(
    (field) => [field, place(spec.options[field].length > 1 ? spec.options[field] : [])] as const,
  );
  const ranges = NUMBER_FIELDS.flatMap((field) => {
    const range = spec.numbers[field];
    return range ? [{ field, range, given: width++, scaled: width++ }] : [];
  });

  function encode({ known, materials, options, numbers }: WholeGarment): Float32Array {
    const vector = new Float32Array(width);
    const add = (places: Places, level: string, value: number) => {
      const position = places.get(level);
      if (position !== undefined) vector[position] = (vector[position] as number) + value;
    };
    add(products, known.product, 1);
    for (const [field, places] of stages) {
      add(countries, known[field], 1 / COUNTRY_FIELDS.length);
      add(places, known[field], 1);
    }
    add(processes, known.fabricProcess, 1);
    for (const { id, share } of materials) add(materialPlaces, id, share);
    add(compositions, composition(materials), 1);
    for (const [field, places] of choices) add(places, options[field] ?? '', 1);
    for (const { field, range, given, scaled } of ranges) {
      const value = numbers[field];
      if (value === null) continue;
      vector[given] = 1;
      vector[scaled] = range.max > range.min ? (value - range.min) / (range.max - range.min) : 0;
    }
    return vector;
  }
  return { width, encode };
}
