import { formatOfName, inspectProducts } from '@ecobalyse/product-files';
import { type FileInspection, inLanguage, type Language } from '@ecobalyse/schema';
import { simulateTotals, TextileQueryError } from '@ecobalyse/textile-method';
import type { INSPECT_FORMATS } from './inspect-formats.js';
import { readMapping } from './read-json.js';
import { openInput } from './score-command.js';
import { print } from './write-out.js';

function refusals(product: unknown, language: Language): Readonly<Record<string, string>> {
  try {
    inLanguage(language, () => simulateTotals(product));
    return {};
  } catch (error) {
    if (error instanceof TextileQueryError) return error.errors;
    throw error;
  }
}

interface InspectOptions {
  readonly format: (typeof INSPECT_FORMATS)[number];
  readonly mapping?: string | undefined;
  readonly lang: Language;
}

/**
 * `ecobalyse inspect`: prints how a file of products is understood.
 *
 * @returns 0 when nothing would be refused, 1 otherwise.
 * @throws UsageError for a file that cannot be read.
 */
export async function inspect(file: string, { format, mapping, lang }: InspectOptions): Promise<0 | 1> {
  const said = mapping === undefined ? undefined : await readMapping(mapping);
  const { name, chunks } = await openInput(file);
  const told = await inspectProducts(chunks, {
    format: formatOfName(name),
    mapping: said,
    language: lang,
    check: (product) => refusals(product, lang),
  });
  await print(format === 'json' ? `${JSON.stringify(told, null, 1)}\n` : asText(name, told));
  return told.refused === 0 && told.rows > 0 ? 0 : 1;
}

const COLUMN_CHARACTERS = [24, 18, 9] as const;

function asText(name: string, told: FileInspection): string {
  const { format, encoding, separator, sheet, header_line, columns, missing, rows, refused, faults } = told;
  const facts = [
    format,
    encoding,
    separator && `separator ${JSON.stringify(separator)}`,
    sheet && `sheet ${JSON.stringify(sheet)}`,
    header_line && `header on line ${header_line}`,
    `${rows} products, ${refused} of them refused`,
  ];
  const lines = [
    `${name}: ${facts.filter(Boolean).join(', ')}`,
    ...columns.map(({ column, header, field, how, examples }) => {
      const cells = [header, field ?? '-', how].map((cell, at) => cell.padEnd(COLUMN_CHARACTERS[at] as number));
      return `${String(column).padStart(4)}  ${cells.join('  ')}  ${examples.join(' | ')}`.trimEnd();
    }),
    ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
    ...faults.map(({ line, header, message }) => `${name}:${line}: ${header === null ? '' : `${header}: `}${message}`),
  ];
  // Control characters of a file are none of the terminal's.
  return lines.map((line) => `${line.replace(/\p{Cc}/gu, ' ')}\n`).join('');
}
