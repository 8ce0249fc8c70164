import { judge } from '@ecobalyse/plausibility';
import type { Words } from '@ecobalyse/schema';
import { listCountries, listFabrics, TextileQueryError } from '@ecobalyse/textile-method';
import { asLabel, FIELDS, type Field, valueWords } from './fields.js';
import { type Garment, garmentOf } from './garment.js';

/** A change of one field that lowers the cost of a garment. */
export interface Lever {
  readonly field: Field;
  readonly label: Words;
  readonly from: Words;
  readonly to: Words;
  /** The cost that it leads to, in Pts. */
  readonly ecs: number;
  /** What it takes off the cost, in Pts. */
  readonly saves: number;
  /** The change, as a textile query tells it. */
  readonly change: Readonly<Record<string, unknown>>;
}

/** Less than this is none, in Pts. */
const LEAST_SAVED = 1;

/** Fibres that serve alike: those of one row can stand for each other. */
const ALIKE: readonly (readonly string[])[] = [
  ['ei-coton', 'ei-coton-organic', 'coton-rdpc', 'coton-rdp'],
  ['ei-pet', 'ei-pet-r'],
  ['ei-laine-par-defaut', 'ei-laine-nouvelle-filiere'],
];

const PLACES = listCountries().flatMap(({ code }) => (code === '---' ? [] : [code]));
const FABRICS = listFabrics().map(({ id }) => id);
const isKnitted = (process: string) => process !== 'weaving';

const ofCountry = () => PLACES;

/**
 * What a brand can do to a garment that stays the one it is, by the field that it changes: values that might take the place of
 * what there is. What only changes what is told (price, references, trims, waste and other options that are not declared) is none.
 */
const CHANGES: Partial<Record<Field, (garment: Garment) => readonly unknown[]>> = {
  airTransportRatio: () => [0],
  countrySpinning: ofCountry,
  countryFabric: ofCountry,
  countryDyeing: ofCountry,
  countryMaking: ofCountry,
  materials: ({ query: { materials }, simulation }) => {
    const main = simulation.garment.mainFibre.given;
    const others = ALIKE.find((fibres) => fibres.includes(main.id)) ?? [];
    // Where the fibre comes from belongs to the one that it was told of.
    return others.map((id) => materials.map((fibre) => (fibre === main ? { id, share: fibre.share } : fibre)));
  },
  fabricProcess: ({ simulation: { garment } }) =>
    FABRICS.filter((id) => id !== garment.fabric.id && isKnitted(id) === isKnitted(garment.fabric.id)),
  printing: () => [null],
  fading: () => [false],
  business: ({ simulation }) =>
    simulation.garment.business === 'large-business-without-services' ? ['large-business-with-services'] : [],
};

const rulesOf = (garment: Garment) =>
  new Set(judge(garment.body, { answer: { impacts: { ecs: garment.costs.item } } }).map(({ id }) => id));

function changed(garment: Garment, field: Field, value: unknown): Garment | undefined {
  try {
    return garmentOf({ ...garment.body, [field]: value });
  } catch (error) {
    if (error instanceof TextileQueryError) return undefined;
    throw error;
  }
}

/**
 * Changes of one field that lower the cost of a garment, the best of each field, those that save most first; each worked out by
 * the method. A change is none when a rule of what is plausible finds something of the garment that it leads to and not of the garment as it is:
 * it would only game the method.
 */
export function leversOf(garment: Garment): Lever[] {
  const known = rulesOf(garment);
  const levers = Object.entries(CHANGES).flatMap(([name, valuesFor]): Lever[] => {
    const field = name as Field;
    const [best] = valuesFor(garment)
      .flatMap((value) => {
        const result = changed(garment, field, value);
        const saves = result === undefined ? 0 : garment.costs.item - result.costs.item;
        return result !== undefined && saves >= LEAST_SAVED ? [{ result, saves, change: { [field]: value } }] : [];
      })
      .sort((a, b) => b.saves - a.saves)
      .filter(({ result }) => [...rulesOf(result)].every((id) => known.has(id)));
    if (best === undefined) return [];
    const { result, saves, change } = best;
    const words = { from: valueWords(garment, field), to: valueWords(result, field) };
    return [{ field, label: asLabel(FIELDS[field].words), ...words, ecs: result.costs.item, saves, change }];
  });
  return levers.sort((a, b) => b.saves - a.saves);
}
