import { z } from 'zod';
import { GTIN_LENGTHS, hasCheckDigit, hasGtinLength } from '../gtin.js';
import { expected } from '../languages.js';
import { fileProductSchema, productRequestSchema } from '../product-request.js';
import { errorDetailSchema } from './answers.js';
import { catalogueParameter, isBuiltIn } from './catalogue-names.js';
import { EXAMPLE_PRODUCT } from './examples.js';
import { languageParameter, RESULT_FORMATS } from './files.js';
import { impactFilterQuery } from './impact-filters.js';
import { impactItemSchema } from './impacts.js';
import { keyName } from './keys.js';
import { pageOf, pageQuery } from './pages.js';
import { flagParameter, oneOf, sortParameter, textParameter } from './parameters.js';
import { publicDocumentSchema } from './products.js';

/** Requests and answers of `/catalogues…`: named sets of products as somebody knows them. Times are ISO 8601 in UTC. */

/** Catalogues that are kept at most, those in the bin included. */
export const MOST_CATALOGUES = 1000;
/** Characters of a name, a reference, a brand and the like. */
const MOST_CHARACTERS = 200;
const MOST_GTINS = 20;
const MOST_TAGS = 50;
const MOST_LINK_CHARACTERS = 2000;
/** Products that one request deletes. */
export const MOST_DELETED = 1000;

const text = (en: string, fr: string) => textParameter(en, fr, MOST_CHARACTERS);

/** Numbers of a file, such as a reference or a barcode number, are texts. */
const numberAsText = (value: unknown) => (Number.isFinite(value) ? String(value) : value);
/** A cell that is empty, or holds blanks, says nothing. */
const trimmed = (value: unknown) => {
  const given = numberAsText(value);
  return typeof given === 'string' ? given.trim() || null : given;
};
/** What the document says of a field: numbers are taken for texts, and blanks for nothing. */
const TEXT_OR_NUMBER = [{ type: 'string' }, { type: 'number' }];
const NOTHING = { type: 'null' };
const optionalText = (en: string, fr: string) =>
  z.preprocess(trimmed, text(en, fr).nullish()).meta({ anyOf: [...TEXT_OR_NUMBER, NOTHING] });

/** A list as a list, or as one text whose members are parted. */
const parted = (separators: RegExp) => (value: unknown) => {
  const given = numberAsText(value);
  const members = typeof given === 'string' ? given.split(separators) : given;
  if (!Array.isArray(members)) return members;
  const kept = members.map(numberAsText).map((one) => (typeof one === 'string' ? one.trim() : one));
  return [...new Set(kept)].filter((one) => one !== '');
};

const gtin = expected(
  'a barcode number (GTIN) of 8, 12, 13 or 14 digits with its check digit',
  'un code-barres (GTIN) de 8, 12, 13 ou 14 chiffres avec sa clé de contrôle',
);
const link = expected(
  `the address of a page (http or https), of at most ${MOST_LINK_CHARACTERS} characters`,
  `l’adresse d’une page (http ou https), de ${MOST_LINK_CHARACTERS} caractères au plus`,
);
const listOf = (member: z.ZodType<string>, most: number, en: string, fr: string, separators: RegExp) => {
  const list = expected(`a list of at most ${most} ${en}`, `une liste de ${most} ${fr} au plus`);
  const members = { type: 'array', items: { anyOf: TEXT_OR_NUMBER } };
  return z
    .preprocess(parted(separators), z.array(member, list).max(most, list).nullish())
    .meta({ anyOf: [members, ...TEXT_OR_NUMBER, NOTHING] });
};

/** What a product is known by, besides what the method scores; none of it is part of the identity. */
export const knownAsSchema = z.object({
  reference: optionalText('a reference', 'une référence').meta({
    description: 'The owner’s name for the product, one of its kind in the catalogue; the md5_id where none is given',
    example: 'TS-001',
  }),
  name: optionalText('a name', 'un nom').meta({ example: 'T-shirt col rond' }),
  brand: optionalText('a brand', 'une marque').meta({ example: 'Atelier Lin' }),
  gtins: listOf(
    z
      .string(gtin)
      .refine((digits) => hasGtinLength(digits, GTIN_LENGTHS['trade-units']) && hasCheckDigit(digits), gtin),
    MOST_GTINS,
    'GTINs',
    'GTIN',
    /[\s,;|/]+/,
  ).meta({ example: ['3760001000016'] }),
  collection: optionalText('a collection', 'une collection').meta({ example: 'Essentiels' }),
  season: optionalText('a season', 'une saison').meta({ example: 'SS27' }),
  tags: listOf(text('a tag', 'une étiquette'), MOST_TAGS, 'tags', 'étiquettes', /[,;|]+/).meta({
    example: ['basic'],
  }),
  link: z
    .preprocess(
      trimmed,
      z
        .url({ protocol: /^https?$/, ...link })
        .max(MOST_LINK_CHARACTERS, link)
        .nullish(),
    )
    .meta({ description: 'Address of a page (http or https)', anyOf: [{ type: 'string' }, NOTHING] }),
});
export type KnownAs = z.output<typeof knownAsSchema>;

/** What its owner tells of a product beside its reference. */
export const OWNER_FIELDS = [
  'name',
  'brand',
  'gtins',
  'collection',
  'season',
  'tags',
  'link',
] as const satisfies readonly Exclude<keyof KnownAs, 'reference'>[];

/** Body that adds a product to a catalogue. */
export const catalogueProductRequest = fileProductSchema
  .extend(knownAsSchema.shape)
  .meta({ id: 'CatalogueProductRequest', examples: [{ reference: 'TS-001', ...EXAMPLE_PRODUCT }] });

/** Body that changes some fields of a product; null takes a field away. */
export const catalogueProductChange = z
  .looseObject(knownAsSchema.shape)
  .describe('Fields of the product that change; null takes one away')
  .meta({ id: 'CatalogueProductChange', examples: [{ mass: 0.18, tags: ['basic', 'new'] }] });

/** Without a catalogue they may hold anything: the document says so. */
const passedOver = Object.fromEntries(
  Object.entries(knownAsSchema.shape).map(([name, field]) => [name, field.meta({ anyOf: [{}] })]),
) as typeof knownAsSchema.shape;

/**
 * Body of `POST /product`: the product, and what is told of it beside its identity when it is for a catalogue. Without one
 * whatever else a body holds is passed over, as it always was.
 */
export const addedProductRequest = z
  .preprocess(
    (body) => {
      if (typeof body !== 'object' || body === null || Array.isArray(body) || 'catalogue' in body) return body;
      return Object.fromEntries(Object.entries(body).filter(([name]) => !(name in knownAsSchema.shape)));
    },
    productRequestSchema.extend({ ...passedOver, catalogue: catalogueParameter.nullish() }),
  )
  .meta({ id: 'ProductRequest', examples: [EXAMPLE_PRODUCT] });

export const catalogueParams = z.object({ id: catalogueParameter.meta({ description: 'Catalogue' }) });
export const catalogueProductParams = catalogueParams.extend({
  product: textParameter('the id of a product', 'l’identifiant d’un produit').meta({ description: 'Product' }),
});
export const catalogueChangeParams = catalogueParams.extend({
  change: z.uuid(expected('the id of a change', 'l’identifiant d’une modification')).meta({ description: 'Change' }),
});
export const catalogueNotFound = { 404: errorDetailSchema.describe('No such catalogue, product or change') };
export const catalogueConflict = { 409: errorDetailSchema.describe('This cannot be done as things are') };
export const ownerUnknown = { 404: errorDetailSchema.describe('No key of the owner’s name is in force') };

const name = z.preprocess(trimmed, text('a name', 'un nom')).meta({
  description: 'Name, one of its kind among the catalogues of its owner that are not in the bin',
  example: 'Printemps 2027',
  type: ['string', 'number'],
});
const owner = keyName.nullish().meta({
  description:
    'Name of the key whose it is; null for all keys. Only admins say it; by itself it is the key that makes it',
});
export const catalogueRequest = z
  .object({ name, owner })
  .meta({ id: 'CatalogueRequest', examples: [{ name: 'Printemps 2027' }] });
export const catalogueChange = z
  .object({ name: name.optional(), owner })
  .refine(
    (change) => change.name !== undefined || change.owner !== undefined,
    expected('a name or an owner', 'un nom ou un propriétaire'),
  )
  .meta({ id: 'CatalogueRenaming', examples: [{ name: 'Été 2027' }] });

export const cataloguesQuery = pageQuery.extend({
  deleted: flagParameter.default(false).meta({ description: 'Those in the bin instead' }),
});
export const catalogueDeletion = z.object({
  purge: flagParameter.default(false).meta({ description: 'For good, of one that is in the bin' }),
});

export const catalogueSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    built_in: z.boolean().meta({ description: 'Whether it belongs to the platform, and can only be read' }),
    products: z.int().meta({ description: 'Products in it' }),
    created_at: z.iso.datetime().nullable(),
    created_by: z.string().nullable().meta({ description: 'Name of the key that made it' }),
    owner: z.string().nullable().meta({ description: 'Name of the key whose it is; null: all keys share it' }),
    deleted_at: z.iso.datetime().nullable().meta({ description: 'Since when it is in the bin' }),
  })
  .meta({ id: 'Catalogue' });
export type CatalogueView = z.output<typeof catalogueSchema>;
export const cataloguesAnswer = pageOf('Catalogues', catalogueSchema);
export type CataloguesPage = z.output<typeof cataloguesAnswer>;

const nullableText = z.string().nullable();

/** Where a cost stands in the reference grid. */
export const percentileSchema = z.number().nullable().meta({
  description: 'Of 100 garments of its type in the reference grid, how many cost less; null where there are none',
});

/** What a catalogue tells of a product: what it is known by, and what is known of its cost. */
export const catalogueProductSchema = impactItemSchema
  .omit({ md5_id: true })
  .extend({
    id: z.string(),
    catalogue: z.string(),
    reference: z.string(),
    name: nullableText,
    brand: nullableText,
    gtins: z.array(z.string()),
    collection: nullableText,
    season: nullableText,
    tags: z.array(z.string()),
    link: nullableText,
    md5_id: z.string().meta({ description: 'Identity of the simulation, which products of one description share' }),
    query: z.record(z.string(), z.unknown()).meta({ description: 'What was scored' }),
    percentile: percentileSchema,
    updated_at: z.iso.datetime(),
    change: nullableText.meta({ description: 'Change that made the product what it is' }),
  })
  .meta({ id: 'CatalogueProduct' });
export type CatalogueProductView = z.output<typeof catalogueProductSchema>;

/** Another product that has one of a product's barcode numbers. */
export const gtinRepetitionSchema = z.object({
  gtin: z.string(),
  catalogue: z.string(),
  product: z.string(),
  reference: z.string(),
});

export const catalogueProductDetails = catalogueProductSchema
  .extend({
    notes: z
      .array(z.object({ code: z.literal('gtin_repeated'), ...gtinRepetitionSchema.shape }))
      .meta({ description: 'What its owner should know: other products with one of its barcode numbers' }),
    simulation: publicDocumentSchema.nullable().meta({ description: 'The detailed answer of the method' }),
  })
  .meta({ id: 'CatalogueProductDetails' });

export const catalogueAddition = catalogueProductDetails
  .omit({ simulation: true })
  .extend({ status: z.enum(['added', 'changed', 'existing']) })
  .meta({ id: 'CatalogueAddition' });

/** What products of a catalogue can be sorted by. */
export const CATALOGUE_SORTS = [
  'reference',
  'name',
  'brand',
  'collection',
  'season',
  'product_id',
  'mass',
  'ecs',
  'pef',
  'durability',
  'country_spinning',
  'country_fabric',
  'country_dyeing',
  'country_making',
  'created_at',
  'updated_at',
] as const;
export type CatalogueSort = (typeof CATALOGUE_SORTS)[number];

const exactly = (en: string, fr: string, description: string) => text(en, fr).optional().meta({ description });

export const catalogueProductsQuery = impactFilterQuery.omit({ catalogue: true }).extend({
  reference: exactly('a reference', 'une référence', 'Reference'),
  brand: exactly('a brand', 'une marque', 'Brand'),
  tag: exactly('a tag', 'une étiquette', 'Tag, which the product has'),
  collection: exactly('a collection', 'une collection', 'Collection'),
  season: exactly('a season', 'une saison', 'Season'),
  gtin: exactly('a GTIN', 'un GTIN', 'Barcode number, which the product has'),
  change: exactly('a change', 'une modification', 'Change, such as an upload, that made the product what it is'),
  sort: sortParameter(CATALOGUE_SORTS)
    .default({ by: 'reference', descending: false })
    .meta({ description: 'Column to sort by; - before it begins with the greatest', example: '-ecs' }),
  ...pageQuery.shape,
});
export type CatalogueProductsQuery = z.output<typeof catalogueProductsQuery>;

const filtersOfCatalogue = catalogueProductsQuery.omit({ sort: true, limit: true, offset: true });
export const catalogueExportQuery = filtersOfCatalogue.extend({
  format: oneOf(RESULT_FORMATS)
    .default('ndjson')
    .meta({ description: 'ndjson and json: a line for each product; the others: a table with what makes up its cost' }),
  language: languageParameter,
});

const brand = expected('the id of a brand, or default', 'l’identifiant d’une marque, ou default');
const brandId = z.union([z.guid(brand).toLowerCase(), z.literal('default')], brand);
export const catalogueDeclarationQuery = filtersOfCatalogue.extend({
  format: oneOf(['csv', 'xlsx', 'json']).default('csv').meta({ description: 'json: bodies of the portal’s API' }),
  language: languageParameter.meta({
    description: 'Of the words in cells and of reasons; by itself that of Accept-Language. The headers are French',
  }),
  brand_id: brandId.optional().meta({
    description:
      'The portal’s id of the brand, for products that name theirs; default: the default brand of the organisation',
  }),
});

/** Answer of `GET /catalogues/{id}/declaration` as JSON. */
export const catalogueDeclarationAnswer = z
  .object({
    declarations: z.array(z.record(z.string(), z.unknown())).meta({ description: 'Bodies of the portal’s API' }),
    left_out: z
      .array(z.object({ id: z.string(), reference: z.string(), reason: z.string() }))
      .meta({ description: 'Products that the portal’s file cannot say, or that the portal would refuse' }),
  })
  .meta({ id: 'CatalogueDeclaration' });

export const catalogueProductsAnswer = pageOf('CatalogueProducts', catalogueProductSchema);

export const catalogueDeletedProducts = z
  .object({
    ids: z
      .array(z.string().min(1).max(100), expected('a list of ids of products', 'une liste d’identifiants de produits'))
      .min(1, expected('at least one id', 'au moins un identifiant'))
      .max(MOST_DELETED, expected(`at most ${MOST_DELETED} ids`, `${MOST_DELETED} identifiants au plus`)),
  })
  .meta({ id: 'CatalogueProductIds', examples: [{ ids: ['0b9f3c1e-5d0a-8c7e-9f6e-2a1b3c4d5e6f'] }] });
export const catalogueConfirmationAnswer = z
  .object({
    confirmed: z.int().meta({ description: 'Products that were to be checked and count now' }),
    change: nullableText.meta({
      description:
        'Change that can be undone; null for a catalogue of the platform, and when there was nothing to confirm',
    }),
  })
  .meta({ id: 'CatalogueConfirmation' });
export const catalogueDeletionAnswer = z
  .object({ deleted: z.int(), change: z.string().meta({ description: 'Change that can be undone' }) })
  .meta({ id: 'CatalogueDeletion' });

export const CHANGE_KINDS = ['upload', 'add', 'change', 'confirm', 'delete', 'undo', 'rescore'] as const;
export const catalogueChangeSchema = z
  .object({
    id: z.string(),
    kind: z.enum(CHANGE_KINDS),
    at: z.iso.datetime(),
    by: nullableText.meta({ description: 'Name of the key' }),
    file: nullableText.meta({ description: 'Name of the file that was uploaded' }),
    job: nullableText.meta({ description: 'Job that read it' }),
    products: z.int().meta({ description: 'Products that it touched' }),
    undone_by: nullableText.meta({ description: 'Change that took it back' }),
  })
  .meta({ id: 'CatalogueChange' });
export type CatalogueChangeView = z.output<typeof catalogueChangeSchema>;
export const catalogueChangesAnswer = pageOf('CatalogueChanges', catalogueChangeSchema);

/** What a product was at one time; null when it was not there. */
const versionSchema = catalogueProductSchema
  .omit({ id: true, catalogue: true, updated_at: true, change: true, percentile: true })
  .nullable();
export const productHistoryAnswer = pageOf(
  'ProductHistory',
  catalogueChangeSchema
    .omit({ id: true, products: true })
    .extend({
      change: z.string(),
      line: z.int().nullable().meta({ description: 'Line of the file' }),
      fields: z.array(z.string()).meta({ description: 'What it changed' }),
      before: versionSchema,
      after: versionSchema,
    })
    .meta({ id: 'ProductHistoryEntry' }),
);

export const undoAnswer = z
  .object({
    change: z.string().meta({ description: 'Change that the undoing is, and that can be undone itself' }),
    undone: z.int().meta({ description: 'Products that are as they were before' }),
    conflicts: z
      .array(z.object({ product: z.string(), reference: z.string() }))
      .meta({ description: 'Products that were changed later, and stay as they are; the first 1000' }),
  })
  .meta({ id: 'Undone' });

/** Whether products can be put into a catalogue of this id: of those of the platform only that of products without one. */
export const takesProducts = (id: string): boolean => !isBuiltIn(id) || id === 'api';
export type CatalogueProducts = z.output<typeof catalogueProductsAnswer>;
export type CatalogueAddition = z.output<typeof catalogueAddition>;
export type CatalogueConfirmation = z.output<typeof catalogueConfirmationAnswer>;
export type CatalogueDeletion = z.output<typeof catalogueDeletionAnswer>;
export type CatalogueProductDetails = z.output<typeof catalogueProductDetails>;
export type ProductHistory = z.output<typeof productHistoryAnswer>;
export type CatalogueChanges = z.output<typeof catalogueChangesAnswer>;
export type CatalogueDeclaration = z.output<typeof catalogueDeclarationAnswer>;
export type Undone = z.output<typeof undoAnswer>;
