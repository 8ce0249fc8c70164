import type { CheckState, FileProduct, KnownAs, Language, Words } from '@ecobalyse/schema';
import { constants, simulateTotals, TextileQueryError } from '@ecobalyse/textile-method';
import { checkDeclarations, type PortalRules } from './check.js';
import { given } from './content.js';
import { type Declaration, declarationSchema } from './declaration.js';
import { repairOf } from './words.js';
import { tableOf, UnwritableDeclarationError } from './write.js';

/** A product of a catalogue, as far as it is declared. */
export interface OwnProduct {
  readonly reference: string;
  readonly brand: string | null;
  readonly gtins: readonly string[];
  /** What is scored. */
  readonly query: Readonly<Record<string, unknown>>;
  /** Whether it is doubtful, and nobody has confirmed it. */
  readonly state?: CheckState | null | undefined;
  /** Version of the method that it is scored by; null when that is not told. */
  readonly method_version?: string | null | undefined;
}

/** Stands for the default brand of the organisation. */
export const DEFAULT_BRAND = 'default';

export interface DeclareOptions {
  /** Id of the brand of products that name theirs instead of giving its id; {@link DEFAULT_BRAND} leaves it to the portal. */
  readonly brandId?: string | undefined;
  readonly rules?: PortalRules;
  /** Barcode numbers that several of the products have: the portal would refuse them all. */
  readonly repeated?: ReadonlySet<string>;
  /** Version of the method that the products are to be by; those that tell none count along. */
  readonly methodVersion?: string | null | undefined;
}

/** A product that is not declared, and each reason for it. */
export interface LeftOut<Product> {
  readonly product: Product;
  readonly reasons: readonly Words[];
}

const BRAND_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

const because = (field: string, { fr, en }: Words): Words => ({ fr: `${field} : ${fr}`, en: `${field}: ${en}` });

const BRAND_NAMED: Words = {
  fr: 'le portail connaît les marques par leur identifiant : donnez-le comme marque du produit, ou avec l’export (brand_id ; « default » est la marque par défaut de l’organisation)',
  en: 'the portal knows brands by their ids: give that as the brand of the product, or with the export (brand_id; "default" is the default brand of the organisation)',
};
const NO_FIELD: Words = {
  fr: 'la déclaration n’a pas ce champ, et le coût change sans lui : retirez-le du produit',
  en: 'the declaration has no such field, and the cost is another without it: take it away from the product',
};
const REPEATED: Words = {
  fr: 'un autre produit de l’export a ce code-barres, et le portail les refuserait tous',
  en: 'another product of the export has this barcode number, and the portal would refuse them all',
};
const TO_CHECK: Words = {
  fr: 'douteux : corrigez le produit, ou confirmez-le, avant de le déclarer',
  en: 'doubtful: correct the product, or confirm it, before it is declared',
};
const otherVersion = (own: string, others: string): Words => ({
  fr: `calculé par la version ${own} de la méthode, et les autres par ${others} : faites tout recalculer par une seule (chaîne ecobalyse_rescore), ou demandez ceux-ci par method_version=${own}`,
  en: `scored by version ${own} of the method, and the others by ${others}: have all of them scored anew by one (pipeline ecobalyse_rescore), or ask for these by method_version=${own}`,
});

type Fields = Readonly<Record<string, unknown>>;
const DECLARED = new Set(Object.keys(declarationSchema.shape));
/** What is told of a material and of a trim. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  materials: ['id', 'share', 'country'],
  trims: ['id', 'quantity'],
};

/** Fields of a product that no declaration has. */
function undeclared(query: Fields): string[] {
  const ofParts = Object.entries(PARTS).flatMap(([list, known]) =>
    ((query[list] ?? []) as readonly Fields[]).flatMap((part, index) =>
      Object.keys(given(part))
        .filter((field) => !known.includes(field))
        .map((field) => `${list}.${index}.${field}`),
    ),
  );
  return [...Object.keys(given(query)).filter((field) => !DECLARED.has(field)), ...ofParts];
}

/** A product as a declaration, without what that has no fields for; whether it can be declared is not looked at. */
function asDeclaration({ reference, brand, gtins, query }: OwnProduct, brandId: string | undefined): Declaration {
  const declared = Object.fromEntries(Object.entries(given(query)).filter(([field]) => DECLARED.has(field)));
  const partsOf = (list: string) =>
    ((query[list] ?? []) as readonly Fields[]).map((part) =>
      Object.fromEntries(Object.entries(given(part)).filter(([field]) => PARTS[list]?.includes(field))),
    );
  const printing = declared.printing as Fields | undefined;
  const id = brand !== null && BRAND_ID.test(brand) ? brand : brandId;
  return {
    gtins: [...gtins],
    internalReference: reference,
    ...(id === undefined || id === DEFAULT_BRAND ? {} : { brandId: id }),
    ...declared,
    materials: partsOf('materials'),
    ...(declared.trims ? { trims: partsOf('trims') } : {}),
    ...(printing ? { printing: { kind: printing.kind, ratio: printing.ratio ?? constants.defaultPrintingRatio } } : {}),
  } as Declaration;
}

/** How far two costs of one garment may be apart, as a part of them: what other orders of adding make. */
const SAME_COST = 1e-9;

/** Whether the method gives a product that cost, in Pts. */
function costs(query: Fields, ecs: number): boolean {
  try {
    return Math.abs(simulateTotals(query).ecs - ecs) <= SAME_COST * Math.abs(ecs);
  } catch (error) {
    if (error instanceof TextileQueryError) return false;
    throw error;
  }
}

function reasonsAgainst(product: OwnProduct, declaration: Declaration, options: DeclareOptions): Words[] {
  const { brandId, rules = 'august-2026', repeated, methodVersion } = options;
  const { brand, gtins, query, state, method_version: own } = product;
  const isUnknownBrand = brand !== null && !BRAND_ID.test(brand) && brandId === undefined;
  const twice = gtins.filter((gtin) => repeated?.has(gtin));
  const reasons = [
    ...(state === 'to-check' ? [TO_CHECK] : []),
    ...(own && methodVersion && own !== methodVersion
      ? [because('method_version', otherVersion(own, methodVersion))]
      : []),
    ...(isUnknownBrand ? [because('brand', BRAND_NAMED)] : []),
    ...twice.map((gtin) => because(`gtins (${gtin})`, REPEATED)),
  ];
  try {
    const [row] = checkDeclarations(tableOf([declaration]), { rules });
    if (row === undefined) return reasons;
    // Organisations without barcode numbers declare so; whether this is one, only the portal knows.
    const errors = row.errors.filter(({ stage }) => stage !== 'gtins' || gtins.length > 0);
    reasons.push(...errors.map((error) => repairOf(error, row.read)));
    const unsaid = undeclared(query);
    const isSame = unsaid.length === 0 || row.ecs === null || costs(query, row.ecs);
    return isSame ? reasons : [...reasons, ...unsaid.map((field) => because(field, NO_FIELD))];
  } catch (error) {
    if (!(error instanceof UnwritableDeclarationError)) throw error;
    return [...reasons, because(error.field, error.words)];
  }
}

/** The method's fields of a declaration. */
const asQuery = ({ gtins, internalReference, brandId, declaredScore, ...query }: Declaration) => query;

/**
 * The declarations of products, of those that the portal would take; each of the others with the reasons why not. Whether the
 * organisation may declare for a brand, and whether it has to give barcode numbers, is not looked at.
 */
export function declare<Product extends OwnProduct>(
  products: readonly Product[],
  options: DeclareOptions = {},
): { declarations: Declaration[]; leftOut: LeftOut<Product>[] } {
  const declarations: Declaration[] = [];
  const leftOut: LeftOut<Product>[] = [];
  for (const product of products) {
    const declaration = asDeclaration(product, options.brandId);
    const reasons = reasonsAgainst(product, declaration, options);
    if (reasons.length === 0) declarations.push(declaration);
    else leftOut.push({ product, reasons });
  }
  return { declarations, leftOut };
}

/** The product that a declaration is, as files of products have it; a declared score is none of its description. */
export function productOf(declaration: Declaration): KnownAs & FileProduct {
  const { gtins, internalReference, brandId } = declaration;
  return {
    ...(internalReference === '' ? {} : { reference: internalReference }),
    ...(brandId === undefined ? {} : { brand: brandId }),
    ...(gtins.length === 0 ? {} : { gtins }),
    ...asQuery(declaration),
  } as unknown as KnownAs & FileProduct;
}

/** Reasons as one text. */
export const reasonsIn = (reasons: readonly Words[], language: Language): string =>
  reasons.map((words) => words[language]).join(' ; ');
