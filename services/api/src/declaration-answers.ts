import {
  type CheckedRow,
  checkDeclarations,
  compareScores,
  type DeclarationTable,
  headerOfKey,
  headerWarnings,
  lineOfFile,
  lineOfRow,
  misreadings,
  ndjsonLine,
  type Organisation,
  type PortalRules,
  RefusedFileError,
  readDeclarationTable,
  repairOf,
  repairOfFile,
  type TableRow,
} from '@ecobalyse/declaration';
import type { DeclarationReport, Language, Words } from '@ecobalyse/schema';

/** A declaration file, who sends it, and how the answer is wanted. */
export interface DeclarationTask {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly organisation: Organisation | undefined;
  readonly rules: PortalRules;
  readonly format: 'ndjson' | 'json';
  readonly language: Language;
}

function rowOf(row: CheckedRow, tableRow: TableRow, say: (words: Words) => string): DeclarationReport['rows'][number] {
  const wrong = misreadings(tableRow);
  const scores = row.verdict === 'accepted' ? compareScores(row, wrong) : undefined;
  return {
    ...lineOfRow(row),
    errors: row.errors.map((error) => ({ ...error, path: [...error.path], repair: say(repairOf(error, row.read)) })),
    misread: wrong.map(({ key, text, readAs, meant = null }) => ({
      column: headerOfKey(key),
      text,
      read_as: readAs,
      meant,
    })),
    scores: scores
      ? {
          as_portal: scores.asPortal,
          as_given: scores.asGiven,
          difference: scores.difference ?? null,
          assumed: { ...scores.assumed },
        }
      : null,
  };
}

function reportOf(table: DeclarationTable, rows: readonly CheckedRow[], say: (words: Words) => string) {
  return {
    file: 'read',
    warnings: headerWarnings(table).map(say),
    rows: rows.map((row, index) => rowOf(row, table.rows[index] as TableRow, say)),
  } satisfies DeclarationReport;
}

/** What is answered of a file that is refused whole. */
export function refusedFile(error: RefusedFileError, { format, language }: DeclarationTask): string {
  const line = lineOfFile(error);
  if (format === 'ndjson') return ndjsonLine(line);
  const report = { ...line, repair: repairOfFile(error)[language], warnings: [], rows: [] };
  return JSON.stringify(report satisfies DeclarationReport);
}

/** Judges a declaration file as the portal does, and writes what is to be answered. */
export async function checkFile(task: DeclarationTask): Promise<string> {
  const { bytes, name, organisation, rules, format, language } = task;
  const say = (words: Words) => words[language];
  try {
    const table = await readDeclarationTable(Buffer.from(bytes), name);
    const checked = checkDeclarations(table, { organisation, rules });
    return format === 'ndjson'
      ? checked.map((row) => ndjsonLine(lineOfRow(row))).join('')
      : JSON.stringify(reportOf(table, checked, say));
  } catch (error) {
    if (!(error instanceof RefusedFileError)) throw error;
    return refusedFile(error, task);
  }
}
