import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { judge } from '@ecobalyse/plausibility';
import {
  type InEveryLanguage,
  inEveryLanguage,
  isDoubtful,
  type KnownAs,
  knownAsSchema,
  OWNER_FIELDS,
  PRODUCT_FIELDS,
  searchable,
} from '@ecobalyse/schema';
import { checkProduct, type IdentifiedProduct } from './checked-product.js';
import { fieldsOf, textOf } from './fields.js';
import type { FlatSource } from './flat-impact.js';
import { itemFields, type KeptItem } from './impact-item.js';

/** What somebody knows a product by, with nothing left open; the reference is its name in its catalogue. */
type Known = { [Field in Exclude<keyof KnownAs, 'reference'>]-?: NonNullable<KnownAs[Field]> | AbsentOf<Field> };
type AbsentOf<Field> = Field extends 'gtins' | 'tags' ? never : null;

/** All of what a product of a catalogue is at one time: what a change replaces, and undoing it puts back. */
export interface CatalogueContent extends Known, Omit<KeptItem, 'md5_id' | 'created_at'> {
  reference: string;
  /** Identity of the simulation. */
  md5_id: string;
  /** What was scored. */
  query: Record<string, unknown>;
  /** What is found of its own texts by words: {@link searchable}. */
  search: string;
}

/** A product for a catalogue: identified, and what it is known by. */
export interface KnownProduct extends IdentifiedProduct {
  reference: string;
  known: Known;
}

/** Tells what a product is known by apart from what it is made of; without a reference it is known by its identity. */
export function asKnown(identified: IdentifiedProduct, knownAs: KnownAs): KnownProduct {
  const { reference, name, brand, gtins, collection, season, tags, link } = knownAs;
  return {
    ...identified,
    reference: reference ?? identified.md5_id,
    known: {
      name: name ?? null,
      brand: brand ?? null,
      gtins: gtins ?? [],
      collection: collection ?? null,
      season: season ?? null,
      tags: tags ?? [],
      link: link ?? null,
    },
  };
}

const faultsOf = (product: unknown): string[] =>
  (knownAsSchema.safeParse(product).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);

/** Takes a product of a file that is for a catalogue, or gives all its faults, each beginning with the place it is about. */
export function checkKnownProduct(product: unknown): KnownProduct | { faults: InEveryLanguage<string[]> } {
  const checked = checkProduct(product);
  // What is no object is a fault of the product already.
  const { data: knownAs } = knownAsSchema.safeParse(fieldsOf(product));
  if (knownAs && !('faults' in checked)) return asKnown(checked, knownAs);
  const faults = inEveryLanguage(() => faultsOf(fieldsOf(product)));
  if (!('faults' in checked)) return { faults };
  return { faults: { en: [...checked.faults.en, ...faults.en], fr: [...checked.faults.fr, ...faults.fr] } };
}

/** What a product of a catalogue is, by its score. */
export function toCatalogueContent(
  { md5_id, product, reference, known }: KnownProduct,
  scored: FlatSource,
): CatalogueContent {
  const { name, brand, gtins, collection, season, tags } = known;
  const item = itemFields(scored);
  const warnings = judge(product, { answer: scored });
  return {
    ...item,
    ...known,
    // A garment of the grid may be scored already, but this one is nobody's scenario.
    scenario: null,
    country_spinning: product.countrySpinning ?? null,
    reference,
    md5_id,
    query: product,
    method_version: textOf(fieldsOf(scored._platform).methodVersion),
    warnings,
    state: isDoubtful(warnings) ? 'to-check' : null,
    search: searchable([
      ...[reference, name, brand, collection, season, ...tags, ...gtins],
      ...[item.product_name, ...item.materials.map((material) => material.name)],
    ]),
  };
}

/** The same product by another score. */
export function scoredAnew(content: CatalogueContent, scored: FlatSource): CatalogueContent {
  const { md5_id, query, reference, name, brand, gtins, collection, season, tags, link } = content;
  const known = { name, brand, gtins, collection, season, tags, link };
  return toCatalogueContent({ md5_id, product: query as unknown as KnownProduct['product'], reference, known }, scored);
}

/**
 * What differs between two versions of a product: fields that its owner sets, of the description too, and the version of the method
 * that it is scored by. Of one that was not there, or is gone, nothing.
 */
export function changedFields(before: CatalogueContent | null, after: CatalogueContent | null): string[] {
  if (before === null || after === null) return [];
  const differs = (one: unknown, other: unknown) => !isDeepStrictEqual(one ?? null, other ?? null);
  return [
    ...OWNER_FIELDS.filter((field) => differs(before[field], after[field])),
    ...[...PRODUCT_FIELDS].filter((field) => differs(before.query[field], after.query[field])),
    ...(differs(before.method_version, after.method_version) ? ['method_version'] : []),
  ];
}

const isConfirmed = (content: CatalogueContent | null) => content?.state === 'confirmed';

/** Whether a version of a product adds nothing to the one before it: the same to its owner, and not confirmed by it. */
export const isSameContent = (before: CatalogueContent | null, after: CatalogueContent | null): boolean =>
  before?.md5_id === after?.md5_id &&
  changedFields(before, after).length === 0 &&
  (isConfirmed(before) || !isConfirmed(after));

/** A version of a product that is as doubtful as the one before it: what was confirmed stays so until it is described otherwise. */
export const keepConfirmed = (before: CatalogueContent | null, after: CatalogueContent | null) =>
  after !== null && isConfirmed(before) && before?.md5_id === after.md5_id
    ? { ...after, state: 'confirmed' as const }
    : after;

/**
 * Id of the product that a reference names in a catalogue: always the same, whoever adds it and however often.
 *
 * @returns a UUID (version 8) made of a hash.
 */
export function catalogueProductId(catalogue: string, reference: string): string {
  const hex = hash('sha256', `${catalogue}\n${reference}`);
  const variant = '89ab'[Number.parseInt(hex[16] as string, 16) % 4];
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}
