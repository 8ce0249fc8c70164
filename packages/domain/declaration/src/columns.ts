import { simplify } from './simplify.js';

/** As many materials as the file has columns for. */
export const MATERIAL_RANKS = Array.from({ length: 16 }, (_, index) => index + 1);

/** Headers of the quantities of trims, in the file's order. */
export const TRIM_HEADERS = [
  'Quantité de bouton en métal',
  'Quantité de bouton en plastique',
  'Quantité de zip long',
  'Quantité de zip court',
] as const;

/** The four trims of older templates, which a row named itself. */
export const LEGACY_TRIM_RANKS = [1, 2, 3, 4];
/** The column whose presence makes the portal read trims as older templates had them. */
export const LEGACY_TRIM_KEY = 'accessoire1';

/** The 70 headers of the declaration file, in its order. */
export const HEADERS: readonly string[] = [
  'GTINs/EANs',
  'Référence interne',
  'Marque ID',
  'Score',
  'Catégorie',
  'Masse (en kg)',
  'Remanufacturé',
  'Nombre de références',
  'Prix (en euros, TTC)',
  "Taille de l'entreprise",
  ...MATERIAL_RANKS.flatMap((rank) => [`Matière ${rank}`, `Matière ${rank} pourcentage`, `Matière ${rank} origine`]),
  'Origine de filature',
  'Origine de tissage/tricotage',
  "Origine de l'ennoblissement/impression",
  "Type d'impression",
  "Pourcentage d'impression",
  'Origine de confection',
  'Délavage',
  'Part du transport aérien',
  ...TRIM_HEADERS,
];

/** Columns that a file may lack: the portal asks for the others by name. */
const isOptional = (header: string) => header === 'Marque ID' || header === 'Score' || /^Matière (?!1\b)/.test(header);

const TRIM_KEYS = TRIM_HEADERS.map(simplify);
const REQUIRED_KEYS = HEADERS.filter((header) => !isOptional(header))
  .map(simplify)
  .filter((key) => !TRIM_KEYS.includes(key));

const HEADERS_BY_KEY = new Map(HEADERS.map((header) => [simplify(header), header]));

/** The header that the portal simplifies to a key, as its template writes it. */
export const headerOfKey = (key: string): string => HEADERS_BY_KEY.get(key) ?? key;

/** Keys of columns that the portal misses among those of a file; the file is refused when there is one. */
export const missingKeys = (keys: readonly string[]): string[] =>
  [...REQUIRED_KEYS, ...(keys.includes(LEGACY_TRIM_KEY) ? [] : TRIM_KEYS)].filter((key) => !keys.includes(key));
