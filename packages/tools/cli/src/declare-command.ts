import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import {
  type CheckedRow,
  checkDeclarations,
  compareScores,
  type Declaration,
  type DeclarationTable,
  headerOfKey,
  headerWarnings,
  lineOfFile,
  lineOfRow,
  type Misreading,
  misreadings,
  ndjsonLine,
  organisationSchema,
  type PortalRules,
  type ReadRow,
  RefusedFileError,
  readDeclarationTable,
  repairOf,
  repairOfFile,
  type TableRow,
  writeDeclarations,
} from '@ecobalyse/declaration';
import type { Language, Words } from '@ecobalyse/schema';
import type { CHECK_FORMATS, DECLARATION_FORMS } from './declare-formats.js';
import { readDeclarations } from './read-declarations.js';
import { bytesOf, readJson } from './read-json.js';
import { print } from './write-out.js';

/** Rows that are printed at once. */
const PRINTED_ROWS = 500;

interface CheckCommandOptions {
  readonly format: (typeof CHECK_FORMATS)[number];
  readonly organisation?: string | undefined;
  readonly before?: string[] | undefined;
  readonly rules: PortalRules;
  readonly anySize?: true | undefined;
  readonly lang: Language;
}

/**
 * `ecobalyse declare check`: prints what the portal will decide about each row of a file.
 *
 * @returns 0 when every row is accepted or unchanged, 1 otherwise.
 * @throws UsageError for a file that cannot be read.
 */
export async function check(file: string, options: CheckCommandOptions): Promise<0 | 1> {
  const { format, before = [], rules, anySize = false, lang } = options;
  const organisation =
    options.organisation === undefined ? undefined : await readJson(options.organisation, organisationSchema);
  const judge = async (file: string, declared: readonly ReadRow[]) => {
    const table = await readDeclarationTable(await bytesOf(file), basename(file), { anySize });
    return { table, rows: checkDeclarations(table, { organisation, rules, declared }) };
  };
  const declared: ReadRow[] = [];
  for (const file of before) {
    const { rows } = await judge(file, declared);
    declared.push(...rows.filter(({ verdict }) => verdict === 'accepted').map(({ read }) => read));
  }
  const say = ({ [lang]: text }: Words) => text;
  try {
    const { table, rows } = await judge(file, declared);
    await print(format === 'table' ? tableHead(table, say) : '');
    for (let from = 0; from < rows.length; from += PRINTED_ROWS) {
      const some = rows.slice(from, from + PRINTED_ROWS);
      const lines =
        format === 'ndjson'
          ? some.map((row) => ndjsonLine(lineOfRow(row)))
          : some.map((row, index) => tableRow(row, misreadings(table.rows[from + index] as TableRow), say));
      await print(lines.join(''));
    }
    return rows.every(({ verdict }) => verdict === 'accepted' || verdict === 'unchanged') ? 0 : 1;
  } catch (error) {
    if (!(error instanceof RefusedFileError)) throw error;
    const { stage, reason } = error;
    await print(
      format === 'ndjson'
        ? ndjsonLine(lineOfFile(error))
        : `${file}: ${stage}: ${reason}: ${say(repairOfFile(error))}\n`,
    );
    return 1;
  }
}

const points = (scored: { readonly ecs: number } | { readonly refusedField: string }) =>
  'ecs' in scored ? scored.ecs.toFixed(2) : `(${scored.refusedField})`;

const tableLine = (row: string, reference: string, verdict: string, ecs: string, asGiven: string) => {
  const shown = reference.replace(/\p{Cc}/gu, ' ');
  const cut = shown.length > 24 ? `${shown.slice(0, 23)}…` : shown;
  return `${row.padStart(6)}  ${cut.padEnd(24)}  ${verdict.padEnd(9)}  ${ecs.padStart(12)}  ${asGiven.padStart(12)}\n`;
};

const tableHead = (table: DeclarationTable, say: (words: Words) => string) =>
  headerWarnings(table)
    .map((words) => `! ${say(words)}\n`)
    .join('') + tableLine('row', 'reference', 'verdict', 'portal (Pts)', 'as given');

const MISREAD: Words = { fr: 'le portail lit', en: 'the portal reads' };
const ASSUMED: Words = { fr: 'le portail suppose', en: 'the portal assumes' };

/** A row with what to mend below it, cells that the portal misreads, and what it assumes. */
function tableRow(row: CheckedRow, wrong: readonly Misreading[], say: (words: Words) => string): string {
  const { read, verdict, errors } = row;
  const scores = verdict === 'accepted' ? compareScores(row, wrong) : undefined;
  const assumed = Object.entries(scores?.assumed ?? {}).map(([field, value]) => `${field} ${JSON.stringify(value)}`);
  const notes = [
    ...errors.map((error) => say(repairOf(error, read))),
    ...wrong.map(({ key, readAs, text }) => `${headerOfKey(key)}: ${say(MISREAD)} ${readAs} (${text})`),
    ...(assumed.length === 0 ? [] : [`${say(ASSUMED)} ${assumed.join(', ')}`]),
  ];
  const [ecs, asGiven] = scores ? [points(scores.asPortal), points(scores.asGiven)] : ['-', '-'];
  const line = tableLine(String(read.row), read.reference, verdict, ecs, asGiven);
  return line + notes.map((note) => `        ${note}\n`).join('');
}

interface WriteCommandOptions {
  readonly to: string;
  readonly form: (typeof DECLARATION_FORMS)[number];
  readonly lang: Language;
}

/** The files that declarations become. */
async function* filesOf(
  declarations: readonly Declaration[],
  form: WriteCommandOptions['form'],
  lang: Language,
): AsyncGenerator<string | Buffer> {
  if (form === 'json') yield `${JSON.stringify(declarations, null, 1)}\n`;
  else if (form === 'ndjson') yield declarations.map(ndjsonLine).join('');
  else yield* writeDeclarations([declarations], form, lang);
}

/**
 * `ecobalyse declare write`: writes what a file declares in another form, in files under the portal's limit, and prints their names.
 *
 * @returns 0 when all was written, 1 when rows were left out.
 * @throws UsageError for a file that cannot be read.
 */
export async function write(file: string, { to, form, lang }: WriteCommandOptions): Promise<0 | 1> {
  const { declarations, refused } = await readDeclarations(file);
  const files = await Readable.from(filesOf(declarations, form, lang)).toArray();
  await mkdir(to, { recursive: true });
  for (const [index, content] of files.entries()) {
    const path = join(to, `declaration-${index + 1}.${form}`);
    // What is there already stays: it may have been declared.
    await writeFile(path, content, { flag: 'wx' });
    await print(`${path}\n`);
  }
  return refused === 0 ? 0 : 1;
}
