import { stringify } from 'csv-stringify/sync';
import { utils, write } from 'xlsx';
import { HEADERS } from '../columns.js';

/** Cells of a file by their headers. */
export type Cells = Readonly<Record<string, string | number | boolean>>;

/** A jumper that the portal accepts, in a CSV's words. */
export const JUMPER: Cells = {
  'GTINs/EANs': '1234567890128',
  'Référence interne': 'PULL-1',
  Catégorie: 'Pull',
  'Masse (en kg)': '0,55',
  Remanufacturé: 'Non',
  'Nombre de références': '9000',
  'Prix (en euros, TTC)': '100',
  "Taille de l'entreprise": 'Grande entreprise sans service de réparation',
  'Matière 1': 'Viscose',
  'Matière 1 pourcentage': '90 %',
  'Matière 1 origine': 'Chine',
  'Matière 2': 'Jute',
  'Matière 2 pourcentage': '10 %',
  'Origine de filature': 'Chine',
  'Origine de tissage/tricotage': 'Chine',
  "Origine de l'ennoblissement/impression": 'Chine',
  'Origine de confection': 'Chine',
  Délavage: 'Non',
  'Part du transport aérien': '75 %',
};

/** The jumper in a book's numbers. */
export const BOOK_JUMPER: Cells = {
  ...JUMPER,
  'Masse (en kg)': 0.55,
  'Nombre de références': 9000,
  'Prix (en euros, TTC)': 100,
  'Matière 1 pourcentage': 0.9,
  'Matière 2 pourcentage': 0.1,
  'Part du transport aérien': 0.75,
};

/** The text of a CSV with a row for each object, under these headers. */
export const csvText = (rows: readonly Cells[], headers: readonly string[] = HEADERS, delimiter = ','): string =>
  stringify([headers, ...rows.map((row) => headers.map((header) => row[header] ?? ''))], { delimiter });

export const csvOf = (rows: readonly Cells[], headers?: readonly string[], delimiter?: string): Buffer =>
  Buffer.from(csvText(rows, headers, delimiter));

/** A book with a row for each object; what an object leaves out is a cell that is not there. */
export function bookOf(rows: readonly Cells[], headers: readonly unknown[] = HEADERS, sheet = 'Produits'): Buffer {
  const lines = rows.map((row) => headers.map((header) => row[String(header)] ?? null));
  return write(utils.book_new(utils.aoa_to_sheet([[...headers], ...lines]), sheet), {
    type: 'buffer',
    bookType: 'xlsx',
  });
}
