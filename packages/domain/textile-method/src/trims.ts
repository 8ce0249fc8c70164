import { inWords, showReceived } from '@ecobalyse/schema';
import { findProcess, type Process, type Product, products, role, type TrimElement, trims } from './catalogue.js';
import type { CustomTrim, TrimItem } from './query.js';
import { TextileQueryError } from './textile-query-error.js';
import { type Kg, kg, type Scores, scores } from './units.js';

/** All the trims of a garment: what they weigh is taken off the textile masses, their impacts are added to the totals. */
export interface TrimSet {
  readonly items: readonly TrimItem[];
  readonly massKg: Kg;
  readonly impacts: Scores;
}

interface Weighed {
  readonly massKg: number;
  readonly ecs: number;
  readonly pef: number;
}

/** One element: the amount that its transformations need, and what they add and lose (METHOD §13.2). */
function weighElement({ amount, material, transforms }: TrimElement): Weighed {
  const needed = transforms.reduceRight((left, { wasteRatio }) => left / (1 - wasteRatio), amount);
  let ecs = needed * material.ecs;
  let pef = needed * material.pef;
  let massKg = material.unit === 'kg' ? needed : needed * material.densityKgPerUnit;
  for (const { ecs: ownEcs, pef: ownPef, elecKWh, heatMJ, wasteRatio } of transforms) {
    ecs += massKg * (ownEcs + elecKWh * role.trimElectricity.ecs + heatMJ * role.trimHeat.ecs);
    pef += massKg * (ownPef + elecKWh * role.trimElectricity.pef + heatMJ * role.trimHeat.pef);
    massKg -= massKg * wasteRatio;
  }
  return { massKg, ecs, pef };
}

/** Sum from the last to the first, which decides half-way cases of METHOD §8.4 (METHOD §13.3). */
const sumFromLast = (parts: readonly Weighed[]): Weighed =>
  parts.reduceRight(
    (sum, { massKg, ecs, pef }) => ({ massKg: massKg + sum.massKg, ecs: ecs + sum.ecs, pef: pef + sum.pef }),
    { massKg: 0, ecs: 0, pef: 0 },
  );

/**
 * Beyond this number of pieces their mass is a product: it differs from repeated addition by less than 1e-12, and a
 * query cannot keep the processor busy with a huge quantity.
 */
const MAX_REPEATED_ADDITIONS = 10_000;

/** Mass of several pieces, by repeated addition (METHOD §13.3). */
function repeatedMass(pieceKg: number, quantity: number): number {
  if (quantity > MAX_REPEATED_ADDITIONS) return pieceKg * quantity;
  let massKg = 0;
  for (let piece = 0; piece < quantity; piece++) massKg += pieceKg;
  return massKg;
}

const weighPiece = (elements: readonly TrimElement[]): Weighed => sumFromLast(elements.map(weighElement));

const piecesOfTrims = new Map(trims.map(({ id, elements }) => [id, weighPiece(elements)]));

function customProcess(id: string): Process {
  const process = findProcess(id);
  if (process !== undefined) return process;
  throw new TextileQueryError({
    general: inWords(
      {
        fr: `procédé inconnu : ${showReceived(id)} ; attendu : l’UUID d’un procédé de la méthode, dans trims.custom.elements`,
        en: `unknown process: ${showReceived(id)}; expected: the UUID of a process of the method, in trims.custom.elements`,
      },
      'fr',
    ),
  });
}

const customPiece = ({ elements }: CustomTrim): Weighed =>
  weighPiece(
    elements.map(({ amount, material, transforms }) => ({
      amount,
      material: customProcess(material),
      transforms: transforms.map(customProcess),
    })),
  );

function weighItem({ id, custom, quantity }: TrimItem): Weighed {
  const piece = custom === undefined ? piecesOfTrims.get(id) : customPiece(custom);
  if (piece === undefined) throw new Error(`the trim ${id} was not checked`);
  return {
    massKg: repeatedMass(piece.massKg, quantity),
    ecs: piece.ecs * quantity,
    pef: piece.pef * quantity,
  };
}

function trimSet(items: readonly TrimItem[]): TrimSet {
  const { massKg, ecs, pef } = sumFromLast(items.map(weighItem));
  return { items, massKg: kg(massKg), impacts: scores(ecs, pef) };
}

/**
 * The trims that a query lists; an empty list means none (METHOD §13.1).
 *
 * @throws {TextileQueryError} with the key `general` when an element names an unknown process (METHOD §13.5).
 */
export const resolveTrims = (items: readonly TrimItem[]): TrimSet => trimSet(items);

const setsByProduct = new Map(products.map((product) => [product.id, trimSet(product.trims)]));

/** The trims of a product, when the query is silent about them. */
export function productTrims(product: Product): TrimSet {
  const set = setsByProduct.get(product.id);
  if (set === undefined) throw new Error(`the product ${product.id} is not in the catalogue`);
  return set;
}

/** Whether a list of trims is the product's own, in the same order (METHOD §15.5). */
export const areProductTrims = (items: readonly TrimItem[], product: Product): boolean =>
  items.length === product.trims.length &&
  items.every(
    ({ id, quantity, custom }, rank) =>
      custom === undefined && id === product.trims[rank]?.id && quantity === product.trims[rank]?.quantity,
  );
