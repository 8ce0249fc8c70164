import { type ProfileProduct, profile } from '@ecobalyse/estimation';
import { readTextileQuery, type Simulation, simulateQuery, TextileQueryError } from '@ecobalyse/textile-method';

type Fields = Readonly<Record<string, unknown>>;

/** What is known of a product beside its description. */
export interface Known {
  /** The method's answer, as far as it is known. */
  readonly answer?: Fields | undefined;
  /** The description as it was sent, with what was passed over in it. */
  readonly sent?: unknown;
}

/** A product as the rules see it. What is missing or of the wrong kind is undefined: to refuse it is for others. */
export interface Garment {
  readonly query: Fields;
  readonly known: Known;
  readonly type: string | undefined;
  /** What is usual of its type. */
  readonly usual: ProfileProduct | undefined;
  /** In kg. */
  readonly mass: number | undefined;
  readonly fibres: readonly { readonly id: string; readonly share: number }[];
  /** The trims that were told. */
  readonly trims: readonly { readonly id: string; readonly quantity: number }[];
  /** Environmental cost, in Pts. */
  readonly ecs: number | undefined;
  /** The garment as the exact method works it out, with other fields when they are given; undefined when it refuses it. */
  simulated(changes?: Fields): Simulation | undefined;
}

const usual = new Map(profile.products.map((product) => [product.id, product]));
/** What is usual of a type; undefined for one that the method does not have. */
export const usualOf = (type: string | undefined): ProfileProduct | undefined => usual.get(type ?? '');

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});
const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);
export const numberOf = (value: unknown): number | undefined =>
  Number.isFinite(value) ? (value as number) : undefined;
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Reads a product for the rules. */
export function garmentOf(query: Fields, known: Known): Garment {
  const type = textOf(query.product);
  return {
    query,
    known,
    type,
    usual: usualOf(type),
    mass: numberOf(query.mass),
    fibres: listOf(query.materials).map(({ id, share }) => ({ id: textOf(id) ?? '', share: numberOf(share) ?? 0 })),
    trims: listOf(query.trims).map(({ id, quantity }) => ({
      id: (textOf(id) ?? '').toLowerCase(),
      quantity: numberOf(quantity) ?? 0,
    })),
    ecs: numberOf(fieldsOf(known.answer?.impacts).ecs),
    simulated(changes = {}) {
      try {
        return simulateQuery(readTextileQuery({ ...query, ...changes }));
      } catch (error) {
        if (error instanceof TextileQueryError) return undefined;
        throw error;
      }
    },
  };
}
