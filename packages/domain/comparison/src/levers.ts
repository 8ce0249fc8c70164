import { judge } from '@ecobalyse/plausibility';
import type { Words } from '@ecobalyse/schema';
import { listCountries, listFabrics, simulateTotals, TextileQueryError } from '@ecobalyse/textile-method';
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

type Body = Garment['body'];

/** Rules that find something of a garment. */
const rulesOf = (body: Body, ecs: number) => judge(body, { answer: { impacts: { ecs } } }).map(({ id }) => id);

/** What a garment costs; nothing where the method refuses it. */
function costOf(body: Body): number | undefined {
  try {
    return simulateTotals(body).ecs;
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
  const { body, costs } = garment;
  const known = new Set(rulesOf(body, costs.item));
  const levers = Object.entries(CHANGES).flatMap(([name, valuesFor]): Lever[] => {
    const field = name as Field;
    const best = valuesFor(garment)
      .flatMap((value) => {
        const change = { [field]: value };
        const ecs = costOf({ ...body, ...change });
        return ecs !== undefined && costs.item - ecs >= LEAST_SAVED ? [{ change, ecs, saves: costs.item - ecs }] : [];
      })
      .sort((a, b) => b.saves - a.saves)
      .find(({ change, ecs }) => rulesOf({ ...body, ...change }, ecs).every((id) => known.has(id)));
    if (best === undefined) return [];
    const words = {
      from: valueWords(garment, field),
      to: valueWords(garmentOf({ ...body, ...best.change }), field),
    };
    return [{ field, label: asLabel(FIELDS[field].words), ...words, ...best }];
  });
  return levers.sort((a, b) => b.saves - a.saves);
}
