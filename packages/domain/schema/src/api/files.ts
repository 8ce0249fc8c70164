import { z } from 'zod';
import { expected, LANGUAGES } from '../languages.js';
import { EXAMPLE_PRODUCT } from './examples.js';
import { pageOf } from './pages.js';
import { oneOf, textParameter } from './parameters.js';

/** Requests and answers of `/files…`: how a file of products is understood, and what its author says instead. */

/** Forms of files with costs: `csv` for English spreadsheets, `csv-fr` for French ones. */
export const RESULT_FORMATS = ['ndjson', 'json', 'csv', 'csv-fr', 'xlsx'] as const;

/** Formats of an uploaded file of products. */
export const PRODUCT_FILE_FORMATS = ['json', 'ndjson', 'csv', 'xlsx'] as const;

export const languageParameter = oneOf(LANGUAGES)
  .optional()
  .meta({ description: 'Of headers and words; by itself that of Accept-Language' });

export const templateQuery = z.object({
  format: oneOf(['xlsx', 'csv']).default('xlsx'),
  language: languageParameter,
});

/** Most mappings that are kept, columns of a file and values that a mapping names. */
export const MOST_MAPPINGS = 100;
export const MOST_COLUMNS = 256;
const MOST_VALUES = 1000;
const MOST_KINDS = 20;

/** Characters of a word of a mapping. */
const MOST_CHARACTERS = 200;
const text = expected(`a text of 1 to ${MOST_CHARACTERS} characters`, `un texte de 1 à ${MOST_CHARACTERS} caractères`);
const said = z.string(text).min(1, text).max(MOST_CHARACTERS, text);

/** Values by words of a file. */
function byWord<T extends z.ZodType>(value: T, most: number) {
  const bounds = expected(
    `at most ${most} words, of 1 to ${MOST_CHARACTERS} characters`,
    `${most} mots au plus, de 1 à ${MOST_CHARACTERS} caractères`,
  );
  return z.record(z.string(), value).refine((record) => {
    const words = Object.keys(record);
    return words.length <= most && words.every(({ length }) => length > 0 && length <= MOST_CHARACTERS);
  }, bounds);
}

/** What the author of a file says of it, where it is not understood or understood otherwise. */
export const fileMappingSchema = z
  .strictObject({
    columns: byWord(said, MOST_COLUMNS).default({}).meta({
      description:
        'Field of each column by its header, or by its number such as `#3`; `ignore` for a column that is not read',
    }),
    values: byWord(byWord(said, MOST_VALUES), MOST_KINDS)
      .default({})
      .meta({ description: 'Id of what a cell names, by what it is: product, material, country, fabricProcess, …' }),
    massUnit: z
      .enum(['kg', 'g', 'mg'], expected('kg, g or mg', 'kg, g ou mg'))
      .optional()
      .meta({ description: 'Unit of a mass whose cell has none; by itself that of the header, or kg' }),
  })
  .meta({
    id: 'FileMapping',
    examples: [
      {
        columns: { Modèle: 'product', '#7': 'ignore' },
        values: { material: { 'Coton bio GOTS': 'ei-coton-organic' } },
        massUnit: 'g',
      },
    ],
  });
export type FileMapping = z.output<typeof fileMappingSchema>;

const mappingName = textParameter('the name of a mapping', 'le nom d’une correspondance');
export const mappingParams = z.object({ name: mappingName.meta({ description: 'Mapping', example: 'spring' }) });
export const mappingParameter = mappingName
  .optional()
  .meta({ description: 'Name of a saved mapping (`/files/mappings`)' });

export const savedMappingSchema = z
  .object({
    name: z.string(),
    mapping: fileMappingSchema,
    updated_at: z.iso.datetime(),
    updated_by: z.string().nullable().meta({ description: 'Name of the key' }),
  })
  .meta({ id: 'SavedMapping' });
export type SavedMapping = z.output<typeof savedMappingSchema>;
export const savedMappingsAnswer = pageOf('SavedMappings', savedMappingSchema);
export type SavedMappings = z.output<typeof savedMappingsAnswer>;

/** How it is known what a column holds, or why it is not read. */
export const COLUMN_READINGS = [
  'name',
  'label',
  'mapping',
  'ignored',
  'nameless',
  'unknown',
  'unsure',
  'repeated',
] as const;

const namedSchema = z.object({ id: z.string(), name: z.string() });

const columnSchema = z.object({
  column: z.number().int().min(1).meta({ description: 'Its number, from 1' }),
  header: z.string(),
  field: z.string().nullable().meta({ description: 'Field that its cells fill' }),
  how: z.enum(COLUMN_READINGS).meta({
    description:
      'name: by our own name; label: by words that mean it; mapping: as told; ignored: as told, or a result of ours; unknown: ' +
      'not understood; unsure: another column is surer for its field; repeated: another one is as sure',
  }),
  examples: z.array(z.string()).meta({ description: 'Up to three of its cells' }),
  problem: z.string().optional(),
  unknown_values: z
    .array(
      z.object({
        value: z.string(),
        named: z.string(),
        rows: z.number().int(),
        near: z.array(namedSchema),
      }),
    )
    .meta({
      description:
        'Words of it that mean nothing to us, most frequent first, up to 20, and what may be meant; `named` is the key of `values` in a mapping',
    }),
});

const faultSchema = z.object({
  line: z.number().int().min(1),
  column: z
    .number()
    .int()
    .min(1)
    .nullable()
    .meta({ description: 'Number of the column; null when it is about the row' }),
  header: z.string().nullable(),
  value: z.string().nullable(),
  message: z.string().meta({ description: 'What is wrong and what to write instead' }),
});

/** Answer of `POST /files/inspect`. */
export const inspectionSchema = z
  .object({
    format: z.enum(PRODUCT_FILE_FORMATS),
    encoding: z.string().nullable().meta({ description: 'Of a text' }),
    separator: z.string().nullable().meta({ description: 'Of the cells of a table of text' }),
    sheet: z.string().nullable().meta({ description: 'Of a workbook, that is read' }),
    header_line: z.number().int().nullable(),
    columns: z.array(columnSchema),
    unmapped: z
      .array(z.string())
      .meta({ description: 'Headers of columns that are not read and were not told to be ignored' }),
    missing: z.array(z.string()).meta({ description: 'Fields that are needed and that no column holds' }),
    fields: z
      .array(namedSchema)
      .meta({ description: 'Every field that a column may fill, by what it is called in the language of the answer' }),
    choices: z
      .record(z.string(), z.array(namedSchema))
      .meta({ description: 'What the words that mean nothing to us may stand for, by `named`' }),
    rows: z.number().int().meta({ description: 'Products of the file' }),
    is_complete: z.boolean().meta({
      description: 'Whether the file was read to its end; otherwise it has more products than a job may have',
    }),
    refused: z.number().int().meta({ description: 'Rows that would be refused, as far as was looked' }),
    checked: z
      .number()
      .int()
      .meta({ description: 'Rows at which the method has looked: the first ones of a long file' }),
    faults: z.array(faultSchema).meta({ description: 'The first ones, up to 20' }),
    preview: z
      .array(z.unknown())
      .meta({ description: 'The first products, up to 5, as they are read', examples: [[EXAMPLE_PRODUCT]] }),
  })
  .meta({ id: 'FileInspection' });
export type FileInspection = z.output<typeof inspectionSchema>;
