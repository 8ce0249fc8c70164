import { basename } from 'node:path';
import {
  checkDeclarations,
  type Declaration,
  declarationSchema,
  type PortalRules,
  readDeclarationTable,
  repairOf,
  toDeclaration,
} from '@ecobalyse/declaration';
import { z } from 'zod';
import { bytesOf, readJson } from './read-json.js';

/** Declarations, or what the API answers for those of a catalogue. */
const declaredSchema = z.preprocess(
  (list) => (Array.isArray(list) ? list.flatMap((one) => one?.declarations ?? one) : list),
  z.array(declarationSchema),
);

/** The declarations of a file: of the portal's own, or JSON of its API. Rows that the portal refuses are told and left out. */
export async function readDeclarations(
  file: string,
  rules?: PortalRules,
): Promise<{ declarations: readonly Declaration[]; refused: number }> {
  if (/\.(json|ndjson|jsonl)$/i.test(file)) {
    return { declarations: await readJson(file, declaredSchema, true), refused: 0 };
  }
  const table = await readDeclarationTable(await bytesOf(file), basename(file), { anySize: true });
  const rows = checkDeclarations(table, { ...(rules && { rules }) });
  for (const { read, errors } of rows) {
    for (const error of errors) process.stderr.write(`${file}: row ${read.row}: ${repairOf(error, read).en}\n`);
  }
  const good = rows.filter(({ verdict }) => verdict === 'accepted');
  return { declarations: good.map(({ read }) => toDeclaration(read)), refused: rows.length - good.length };
}
