import { z } from 'zod';
import { expected, type Words } from '../languages.js';
import { oneOf } from './parameters.js';

/** Catalogues of the platform itself, made of the documents of `impacts`. */
export const BUILT_IN_CATALOGUES = {
  'reference-grid': { en: 'Reference grid', fr: 'Grille de référence' },
  api: { en: 'Products added without a catalogue', fr: 'Produits ajoutés sans catalogue' },
} as const satisfies Readonly<Record<string, Words>>;
export type BuiltInCatalogue = keyof typeof BUILT_IN_CATALOGUES;
export const BUILT_IN_IDS = Object.keys(BUILT_IN_CATALOGUES) as [BuiltInCatalogue, ...BuiltInCatalogue[]];

export const isBuiltIn = (id: string): id is BuiltInCatalogue => id in BUILT_IN_CATALOGUES;

export const builtInParameter = oneOf(BUILT_IN_IDS);

const id = expected(
  `the id of a catalogue, or ${BUILT_IN_IDS.join(' or ')}`,
  `l’identifiant d’un catalogue, ou ${BUILT_IN_IDS.join(' ou ')}`,
);
// A text that is no id is told by the member, anything else by the union.
const catalogueId = z.union([z.uuid(id), z.enum(BUILT_IN_IDS)], id);

export const catalogueParameter = catalogueId.meta({ description: 'Catalogue that the products belong to' });
