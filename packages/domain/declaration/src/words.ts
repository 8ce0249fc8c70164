import { fill, type Words } from '@ecobalyse/schema';
import type { RowError } from './check.js';
import { headerOfKey } from './columns.js';
import { FIELDS, PRINTED_SHARES } from './fields.js';
import type { ReadRow } from './read-row.js';
import type { RefusedFileError } from './read-table.js';
import { COUNTRIES, MATERIALS, TRIMS } from './vocabulary.js';

/** What to do about a fault that is one of a kind; `{place}` is the column, `{values}` what it may hold. */
const REPAIRS_BY_KIND: Readonly<Record<string, Words>> = {
  not_in_vocabulary: {
    fr: '{place} : écrivez un de ces textes exactement : {values}',
    en: '{place}: write one of these texts exactly: {values}',
  },
  not_a_number_or_missing: {
    fr: '{place} : écrivez un nombre, sans unité ni espace insécable (dans un .xlsx, les pourcentages sont des nombres de 0 à 1)',
    en: '{place}: write a number, without unit or no-break space (in an .xlsx, percentages are numbers from 0 to 1)',
  },
  not_yes_or_no: { fr: '{place} : écrivez Oui ou Non, ou rien', en: '{place}: write Oui or Non, or nothing' },
  below_minimum: { fr: '{place} : le minimum est {min}', en: '{place}: the minimum is {min}' },
  above_maximum: {
    fr: '{place} : le maximum est {max} (100 % dans un CSV, 1 dans un .xlsx pour les pourcentages)',
    en: '{place}: the maximum is {max} (for percentages 100% in a CSV, 1 in an .xlsx)',
  },
};

/** What to do about each other fault, by its reason. */
const REPAIRS: Readonly<Record<string, Words>> = {
  gtin_repeated_in_file: {
    fr: 'GTINs/EANs : ce code est plusieurs fois dans le fichier ; laissez-le dans une seule ligne, une seule fois',
    en: 'GTINs/EANs: this number is in the file several times; leave it in one row, once',
  },
  gtin_declared_under_90_days_ago: {
    fr: 'GTINs/EANs : ce code a été déclaré il y a moins de 90 jours avec un autre contenu ; attendez, ou redéclarez à l’identique',
    en: 'GTINs/EANs: this number was declared under 90 days ago with other content; wait, or declare the same again',
  },
  brand_not_authorised: {
    fr: "Marque ID : donnez l'identifiant, en minuscules et avec ses tirets, d'une marque active que vous pouvez déclarer, ou rien si vous avez une marque par défaut active",
    en: 'Marque ID: give the id, in lower case and with its hyphens, of an active brand that you may declare for, or nothing if you have an active default brand',
  },
  brandId_not_in_vocabulary: {
    fr: "Marque ID : l'organisation de cette marque ne vous autorise plus ; demandez-lui une nouvelle autorisation",
    en: 'Marque ID: the organisation of this brand no longer authorises you; ask it to do so again',
  },
  declaredScore_below_minimum: {
    fr: 'Score : écrivez un nombre de 1 ou plus, ou rien ; un CSV doit avoir cette colonne, même vide',
    en: 'Score: write a number of 1 or more, or nothing; a CSV must have this column, even blank',
  },
  declared_score_off_by_more_than_1_percent: {
    fr: 'Score : il s’écarte de plus de 1 % du coût calculé ; laissez la cellule vide ou corrigez-la (le coût est par produit, non par 100 g)',
    en: 'Score: it is over 1% off the computed cost; leave the cell blank or mend it (the cost is per product, not per 100 g)',
  },
  shares_sum: {
    fr: 'Matières : la somme des pourcentages doit être 100 % ; trois tiers s’écrivent 33,34 + 33,33 + 33,33',
    en: 'Matières: the percentages must add up to 100%; three thirds are written 33.34 + 33.33 + 33.33',
  },
  fabric_and_dyeing_required: {
    fr: "Donnez l'origine de tissage/tricotage et celle de l'ennoblissement : seul un produit remanufacturé s'en passe",
    en: 'Give the origins of weaving or knitting and of dyeing: only a remanufactured product needs none',
  },
  printing_pair_incomplete: {
    fr: "Type et pourcentage d'impression : donnez les deux, ou aucun",
    en: "Type d'impression and Pourcentage d'impression: give both, or none",
  },
  gtin_digits: {
    fr: 'GTINs/EANs : un code a 8 ou 13 chiffres (12 aussi depuis août 2026) ; plusieurs sont séparés par « ; » (au format texte dans un tableur : pas de 1,23E+12 ni de zéro perdu)',
    en: 'GTINs/EANs: a number has 8 or 13 digits (12 as well since August 2026); several are parted by ";" (as text in a spreadsheet: no 1.23E+12, no lost zero)',
  },
  gtin_check_digit: {
    fr: 'GTINs/EANs : le dernier chiffre ne va pas avec les autres ; recopiez le code',
    en: 'GTINs/EANs: the last digit does not go with the others; copy the number again',
  },
  gtin_not_expected: {
    fr: "GTINs/EANs : votre organisation n'a pas de GTIN ; laissez la cellule vide",
    en: 'GTINs/EANs: your organisation has no GTINs; leave the cell blank',
  },
  engine_refused: {
    fr: 'Nombre de références et quantités d’accessoires : écrivez des nombres entiers, sans quoi la ligne reste en attente sur le portail',
    en: 'Numbers of references and of trims: write whole numbers, or else the row waits on the portal for ever',
  },
};

/** Columns and values of fields that have no column of their own, by the name that reasons have for them. */
const PLACES: Readonly<Record<string, { readonly header: string; readonly values?: readonly string[] }>> = {
  material_slug: { header: 'Matière {number}', values: MATERIALS.labels },
  material_share: { header: 'Matière {number} pourcentage' },
  material_country: { header: 'Matière {number} origine', values: COUNTRIES.labels },
  trim_slug: { header: 'Accessoire {number}', values: TRIMS.labels },
  trim_quantity: { header: 'Quantités d’accessoires' },
  declaredScore: { header: 'Score' },
};

/** How to mend a fault of a row, by the headers of its cells. */
export function repairOf({ path, reason }: RowError, { materialRanks }: Pick<ReadRow, 'materialRanks'>): Words {
  const known = REPAIRS[reason];
  if (known !== undefined) return known;
  const kind = Object.keys(REPAIRS_BY_KIND).find((kind) => reason.endsWith(`_${kind}`));
  if (kind === undefined) return { fr: reason, en: reason };
  const name = reason.slice(0, -kind.length - 1);
  const field = FIELDS.find((field) => field.name === name);
  const [header = name, values = []] = field
    ? [field.header, valuesOf(field.kind)]
    : [PLACES[name]?.header, PLACES[name]?.values];
  const { min = 0, max = 1 } = field && typeof field.kind === 'object' && 'number' in field.kind ? field.kind : {};
  const rank = Number(path[1]);
  const place = fill(header, { number: (path[0] === 'materials' ? materialRanks[rank] : undefined) ?? rank + 1 });
  const { fr, en } = REPAIRS_BY_KIND[kind] as Words;
  const facts = { place, min, max, values: values.join(', ') };
  return { fr: fill(fr, facts), en: fill(en, facts) };
}

function valuesOf(kind: (typeof FIELDS)[number]['kind']): readonly string[] {
  if (kind === 'boolean' || 'number' in kind) return [];
  return 'word' in kind ? kind.word.labels : PRINTED_SHARES.map((share) => `${100 * share} %`);
}

const FILE_REPAIRS: Readonly<Record<RefusedFileError['reason'], Words>> = {
  extension_not_allowed: {
    fr: 'le nom du fichier doit finir par .csv ou .xlsx',
    en: "the file's name must end in .csv or .xlsx",
  },
  too_large: {
    fr: 'le fichier dépasse 1 048 576 octets : coupez-le en plusieurs',
    en: 'the file is larger than 1,048,576 bytes: cut it into several',
  },
  suspicious_content: {
    fr: 'le début du fichier ressemble à un programme (<script, javascript:, eval(…) : retirez ce texte',
    en: 'the beginning of the file looks like a program (<script, javascript:, eval(…): remove that text',
  },
  encoding_not_supported: {
    fr: 'le codage du texte n’est pas lu : enregistrez le fichier en CSV UTF-8',
    en: 'the encoding of the text is not read: save the file as CSV UTF-8',
  },
  missing_columns: {
    fr: 'colonnes absentes : {columns} (apostrophe droite, accents, texte en UTF-8, ligne de titre en premier)',
    en: 'missing columns: {columns} (straight apostrophe, accents, text in UTF-8, the header in the first line)',
  },
  ragged_rows: {
    fr: 'des lignes n’ont pas autant de cellules que l’en-tête',
    en: 'rows have more or fewer cells than the header',
  },
  csv_opening_quote: {
    fr: 'un guillemet est au milieu d’une cellule : doublez-le et mettez la cellule entre guillemets',
    en: 'a quotation mark stands within a cell: double it and quote the cell',
  },
  csv_closing_quote: {
    fr: 'du texte suit un guillemet fermant : doublez les guillemets à l’intérieur d’une cellule ; séparateurs : , ; tabulation',
    en: 'text follows a closing quotation mark: double the marks within a cell; delimiters: , ; tab',
  },
  csv_quote_not_closed: {
    fr: 'un guillemet ouvert n’est jamais fermé',
    en: 'a quotation mark that opens a cell is never closed',
  },
  csv_unreadable: { fr: 'le fichier n’est pas lu comme CSV', en: 'the file is not read as CSV' },
  xlsx_unreadable: {
    fr: 'le classeur est abîmé : enregistrez-le de nouveau',
    en: 'the book is damaged: save it again',
  },
  xlsx_empty: { fr: 'la feuille est vide', en: 'the sheet is empty' },
  xlsx_too_large: {
    fr: 'le classeur se déplie au-delà de 200 Mo, ou a trop de cellules',
    en: 'the book unpacks to more than 200 MB, or has too many cells',
  },
  xlsx_header_not_text: {
    fr: 'un en-tête est un nombre : tous doivent être des textes',
    en: 'a header is a number: all must be texts',
  },
  database_field_missing: {
    fr: 'une ligne n’a rien dans Catégorie : écrivez-y une catégorie ou retirez la ligne',
    en: 'a row has nothing in Catégorie: write a category there or remove the row',
  },
};

/** How to mend a file that is refused whole. */
export function repairOfFile({ reason, columns = [] }: RefusedFileError): Words {
  const { fr, en } = FILE_REPAIRS[reason];
  const facts = { columns: columns.map(headerOfKey).join(', ') };
  return { fr: fill(fr, facts), en: fill(en, facts) };
}
