import type { StageCode } from '@ecobalyse/schema/vocabulary';
import { isPlainNumber } from '../i18n/numbers.js';

/** In the place of a value: the reader does not know it. */
export const UNKNOWN = '?';
/** The same in a query of `POST /estimate`. */
const ANY = { any: true };
const isAny = (value: unknown) => JSON.stringify(value) === JSON.stringify(ANY);
/** Whether something of a query is unknown: it has an estimate, and no exact cost. */
export const isOpen = (query: unknown): boolean => JSON.stringify(query ?? null).includes(JSON.stringify(ANY));

export interface GarmentMaterial {
  readonly id: string;
  /** Per cent. */
  readonly share: string;
  readonly country: string;
  readonly spinning: string;
}

export interface GarmentTrim {
  readonly id: string;
  readonly quantity: string;
  /** What it is made of when that is its own: kept as it came, the form has no field for it. */
  readonly custom?: unknown;
}

/** Fields of a query that the form holds as they are, and how each is read: a share is in per cent. */
const FIELDS = {
  countrySpinning: 'text',
  countryFabric: 'text',
  countryDyeing: 'text',
  countryMaking: 'text',
  fabricProcess: 'text',
  airTransportRatio: 'share',
  business: 'text',
  price: 'number',
  numberOfReferences: 'number',
  physicalDurability: 'number',
  makingComplexity: 'text',
  makingWaste: 'share',
  makingDeadStock: 'share',
  surfaceMass: 'number',
  yarnSize: 'text',
  dyeingProcessType: 'text',
} as const;
type FieldName = keyof typeof FIELDS;
const FIELD_NAMES = Object.keys(FIELDS) as readonly FieldName[];

/** A value of each field that the form holds as it is. */
const fieldsBy = (value: (name: FieldName) => string) =>
  Object.fromEntries(FIELD_NAMES.map((name) => [name, value(name)])) as Record<FieldName, string>;

/** A textile query as the form holds it: numbers as JSON writes them, shares in per cent, empty for the method's default. */
export interface Garment extends Readonly<Record<FieldName, string>> {
  readonly product: string;
  readonly mass: string;
  /** None: they are unknown. */
  readonly materials: readonly GarmentMaterial[];
  readonly printingKind: string;
  readonly printingRatio: string;
  readonly fading: boolean | typeof UNKNOWN;
  readonly upcycled: boolean | typeof UNKNOWN;
  readonly disabledSteps: readonly string[];
  /** Null: those that are usual for the product type. */
  readonly trims: readonly GarmentTrim[] | null | typeof UNKNOWN;
}

export const NEW_MATERIAL: GarmentMaterial = { id: 'ei-coton', share: '', country: '', spinning: '' };

/** Where the form begins: a T-shirt of cotton. */
export const NEW_GARMENT: Garment = {
  product: 'tshirt',
  mass: '0.17',
  materials: [{ ...NEW_MATERIAL, share: '100' }],
  ...fieldsBy(() => ''),
  countrySpinning: 'CN',
  countryFabric: 'CN',
  countryDyeing: 'CN',
  countryMaking: 'CN',
  fabricProcess: 'knitting-mix',
  printingKind: '',
  printingRatio: '',
  fading: false,
  upcycled: false,
  disabledSteps: [],
  trims: null,
};

/** A query as JSON; fields that were not given are absent, so that they are no part of the product's identity. */
export type GarmentQuery = Readonly<Record<string, unknown>>;

/** What is no number stays a text: the API then says what it expected. Null would be the method's default. */
const numberOf = (text: string): number | string | null => {
  if (text.trim() === '') return null;
  return isPlainNumber(text) ? Number(text) : text;
};
/** The same share, but 0.07 and 7 % in place of 0.07 and 7.000000000000001 %. */
const tidy = (value: number) => Number(value.toPrecision(15));
const shareOf = (percent: string): number | string | null => {
  const value = numberOf(percent);
  return typeof value === 'number' ? tidy(value / 100) : value;
};

const given = (name: string, text: string, read: (text: string) => unknown = (value) => value) =>
  text.trim() === '' ? {} : { [name]: open(text, read) };
const open = (text: string, read: (text: string) => unknown = (value) => value) =>
  text === UNKNOWN ? ANY : read(text);

const READ = { text: (text: string) => text, number: numberOf, share: shareOf };

/** The query of a form. */
export function toQuery(garment: Garment): GarmentQuery {
  const { materials, trims, disabledSteps, printingKind, printingRatio } = garment;
  return {
    mass: open(garment.mass, numberOf),
    materials: materials.map(({ id, share, country, spinning }) => ({
      id: open(id),
      share: open(share, shareOf),
      ...given('country', country),
      ...given('spinning', spinning),
    })),
    product: open(garment.product),
    ...Object.assign({}, ...FIELD_NAMES.map((name) => given(name, garment[name], READ[FIELDS[name]]))),
    ...(printingKind !== '' && {
      printing: printingKind === UNKNOWN ? ANY : { kind: printingKind, ...given('ratio', printingRatio, shareOf) },
    }),
    ...(garment.fading && { fading: garment.fading === UNKNOWN ? ANY : true }),
    ...(garment.upcycled && { upcycled: garment.upcycled === UNKNOWN ? ANY : true }),
    ...(disabledSteps.length > 0 && { disabledSteps }),
    ...(materials.length === 0 && { materials: ANY }),
    ...(trims === UNKNOWN && { trims: ANY }),
    ...(trims && trims !== UNKNOWN && { trims: trims.map((trim) => ({ ...trim, quantity: numberOf(trim.quantity) })) }),
  };
}

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : isAny(value) ? UNKNOWN : '';
const percentOf = (value: unknown): string => (typeof value === 'number' ? String(tidy(value * 100)) : textOf(value));
/** Some of the things of an answer are shown by their code, others as an object that has it. */
const codeOf = (value: unknown): string => textOf(value) || textOf(fieldsOf(value).code);

/** The form of a query, as far as it can be read; the rest is as in a new one. */
export function fromQuery(query: unknown): Garment {
  const given = fieldsOf(query);
  const printing = fieldsOf(given.printing);
  const materials = listOf(given.materials).map((entry): GarmentMaterial => {
    const { id, share, country, spinning } = fieldsOf(entry);
    return { id: textOf(id), share: percentOf(share), country: textOf(country), spinning: textOf(spinning) };
  });
  return {
    ...NEW_GARMENT,
    ...fieldsBy((name) => (FIELDS[name] === 'share' ? percentOf : textOf)(given[name])),
    product: textOf(given.product) || NEW_GARMENT.product,
    mass: textOf(given.mass),
    materials: materials.length > 0 || isAny(given.materials) ? materials : NEW_GARMENT.materials,
    printingKind: isAny(given.printing) ? UNKNOWN : textOf(printing.kind),
    printingRatio: percentOf(printing.ratio),
    fading: isAny(given.fading) ? UNKNOWN : given.fading === true,
    upcycled: isAny(given.upcycled) ? UNKNOWN : given.upcycled === true,
    disabledSteps: listOf(given.disabledSteps).map(textOf),
    trims: Array.isArray(given.trims)
      ? given.trims.map((entry) => {
          const { id, quantity, custom } = fieldsOf(entry);
          return { id: textOf(id), quantity: textOf(quantity), ...(custom != null && { custom }) };
        })
      : isAny(given.trims)
        ? UNKNOWN
        : null,
  };
}

/** Stages that upcycling takes out by itself (METHOD §5.2): an answer shows them among those that the query names. */
const UPCYCLED_STEPS: readonly unknown[] = ['material', 'spinning', 'fabric', 'ennobling'] satisfies StageCode[];

/**
 * The query that a stored document answers, from its `inputs` (METHOD §15.3): product, material and the countries of the
 * steps are shown as objects there, the country of a material by its code. The country of spinning is not among them and
 * comes from the table.
 */
export function queryOfInputs(inputs: Fields, countrySpinning: string | null): GarmentQuery {
  const { product, materials, disabledSteps, makingComplexity, fabricProcess, upcycled, ...rest } = inputs;
  return {
    ...rest,
    product: textOf(fieldsOf(product).id),
    materials: listOf(materials).map((entry) => {
      const { material, share, country, spinning } = fieldsOf(entry);
      return { id: textOf(fieldsOf(material).id), share, country: codeOf(country), spinning };
    }),
    countrySpinning: countrySpinning ?? '',
    countryFabric: codeOf(rest.countryFabric),
    countryDyeing: codeOf(rest.countryDyeing),
    countryMaking: codeOf(rest.countryMaking),
    fabricProcess: textOf(fabricProcess) || textOf(fieldsOf(product).fabric),
    upcycled,
    disabledSteps: listOf(disabledSteps).filter((step) => upcycled !== true || !UPCYCLED_STEPS.includes(step)),
    // Answers and queries have a name each for it (METHOD §17.15).
    makingComplexity: makingComplexity === 'non-applicable' ? 'not-applicable' : makingComplexity,
  };
}

/** Sum of the shares, per cent; null while one of them is no number. */
export function totalShare(materials: readonly GarmentMaterial[]): number | null {
  let total = 0;
  for (const { share } of materials) {
    const value = numberOf(share);
    if (typeof value !== 'number') return null;
    total += value;
  }
  return Number(total.toFixed(4));
}
