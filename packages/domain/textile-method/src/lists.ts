import { type ShownMaterial, type ShownProduct, showMaterial, showProduct } from './answers/shown-catalogue.js';
import { countries, fabrics, materials, products, trims } from './catalogue.js';

export type CountryListItem = { readonly code: string; readonly name: string };
export type NamedListItem = { readonly id: string; readonly name: string };

const named = ({ id, name }: NamedListItem): NamedListItem => ({ id, name });

/** Countries usable for textiles, the unknown one first (METHOD §15.6). */
export const listCountries = (): CountryListItem[] => countries.map(({ code, name }) => ({ code, name }));

/** Materials (METHOD §15.6). */
export const listMaterials = (): NamedListItem[] => materials.map(named);

/** Product categories (METHOD §15.6). */
export const listProducts = (): NamedListItem[] => products.map(named);

/** Trims of the textile sector; the others are accepted in queries but not listed (METHOD §15.6). */
export const listTrims = (): NamedListItem[] => trims.filter(({ sector }) => sector === 'textile').map(named);

/** Knitting and weaving techniques; the official API has no route for them, the platform's reference data does. */
export const listFabrics = (): NamedListItem[] => fabrics.map(named);

/** Materials with what the method knows of each: origin, processes, default country (METHOD §15.3). */
export const listMaterialDetails = (): ShownMaterial[] => materials.map(showMaterial);

/** Products with what the method knows of each: technique, trims, use, end of life (METHOD §15.3). */
export const listProductDetails = (): ShownProduct[] => products.map(showProduct);
