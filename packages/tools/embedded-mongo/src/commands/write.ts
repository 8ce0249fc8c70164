import { documentValue, elements, fromValues, isEmptyDocument, TYPE, type Value } from '../bson/values.js';
import { fail } from '../errors.js';
import { compileOptionalFilter } from '../language/match.js';
import { compileProjection } from '../language/projection.js';
import { compileSort } from '../language/sort.js';
import { compileUpdate } from '../language/update.js';
import type { Pace } from '../pace.js';
import {
  insertDocuments,
  type Outcome,
  removing,
  runStatements,
  type Statement,
  untilDone,
  updating,
  type WriteError,
  writeOne,
} from '../storage/writes.js';
import { type Reply, toValue } from '../wire/reply.js';
import { type Arguments, createArguments } from './arguments.js';
import type { Call, Command } from './command.js';
import { namespaceOf } from './namespace.js';

/** MongoDB's limit, announced in hello. */
export const MAX_WRITE_BATCH = 100_000;

/** The `writeErrors` of a reply, or nothing. */
function writeErrorsField(errors: readonly WriteError[]): { writeErrors?: unknown[] } {
  if (errors.length === 0) return {};
  return {
    writeErrors: errors.map(({ index, error }) => ({
      index,
      code: error.code,
      errmsg: error.message,
      ...error.details,
    })),
  };
}

function statements(args: Arguments, field: string): Buffer[] {
  const list = args.documents(field);
  if (list.length === 0 || list.length > MAX_WRITE_BATCH) {
    fail(16, `Write batch sizes must be between 1 and ${MAX_WRITE_BATCH}. Got ${list.length} operations.`);
  }
  return list;
}

async function insert(call: Call): Promise<Reply> {
  const { args, server } = call;
  const documents = statements(args, 'documents');
  const { n, errors } = await insertDocuments(
    server.storage,
    namespaceOf(call),
    documents,
    args.flag('ordered', true),
    untilDone(call),
  );
  return { n, ...writeErrorsField(errors) };
}

/** Reads a statement; what is wrong with its filter or update is found when it is compiled, as a write error. */
function updateStatement(document: Buffer, pace: Pace): () => Statement {
  const args = createArguments(documentValue(document), 'updates', ['q', 'u', 'multi', 'upsert', 'sort']);
  const query = args.document('q') ?? args.missing('q');
  const u = args.value('u') ?? args.missing('u');
  const multi = args.flag('multi');
  return () => {
    if (multi && u.type === TYPE.object && !elements(u)[0]?.name.startsWith('$')) {
      fail(9, 'multi update is not supported for replacement-style update');
    }
    const filter = compileOptionalFilter(query);
    const apply = updating(compileUpdate(u), filter.conditions, args.flag('upsert'));
    return { filter, apply, multi, sort: compileSort(args.document('sort')), pace };
  };
}

async function update(call: Call): Promise<Reply> {
  const { args, server } = call;
  const pace = untilDone(call);
  const compilers = statements(args, 'updates').map((statement) => updateStatement(statement, pace));
  const ordered = args.flag('ordered', true);
  const { outcomes, errors } = await runStatements(server.storage, namespaceOf(call), compilers, ordered);
  const upserted = outcomes.flatMap((outcome, index) =>
    outcome?.upserted ? [toValue({ index, _id: outcome.upserted })] : [],
  );
  return {
    n: sumOf(outcomes, 'matched') + upserted.length,
    nModified: sumOf(outcomes, 'modified'),
    ...(upserted.length > 0 && { upserted: fromValues(upserted) }),
    ...writeErrorsField(errors),
  };
}

function sumOf(outcomes: readonly (Outcome | undefined)[], field: 'matched' | 'modified'): number {
  return outcomes.reduce((sum, outcome) => sum + (outcome?.[field] ?? 0), 0);
}

function deleteStatement(document: Buffer, pace: Pace): () => Statement {
  const args = createArguments(documentValue(document), 'deletes', ['q', 'limit']);
  const query = args.document('q') ?? args.missing('q');
  const limit = args.value('limit') === undefined ? args.missing('limit') : args.number('limit', -1);
  if (limit !== 0 && limit !== 1) fail(9, 'The limit field in delete objects must be 0 or 1');
  return () => ({ filter: compileOptionalFilter(query), apply: removing, multi: limit === 0, pace });
}

async function remove(call: Call): Promise<Reply> {
  const { args, server } = call;
  const pace = untilDone(call);
  const compilers = statements(args, 'deletes').map((statement) => deleteStatement(statement, pace));
  const ordered = args.flag('ordered', true);
  const { outcomes, errors } = await runStatements(server.storage, namespaceOf(call), compilers, ordered);
  return { n: sumOf(outcomes, 'matched'), ...writeErrorsField(errors) };
}

async function findAndModify(call: Call): Promise<Reply> {
  const { args, server } = call;
  const ns = namespaceOf(call);
  const filter = compileOptionalFilter(args.document('query'));
  const wanted = { filter, sort: compileSort(args.document('sort')), pace: untilDone(call), multi: false };
  const fields = args.document('fields');
  const project = fields && !isEmptyDocument(fields) ? compileProjection(fields, false) : undefined;
  const shown = (document: Buffer | undefined): Value | null =>
    document === undefined ? null : documentValue(project ? project(document) : document);
  const u = args.value('update');
  if (args.flag('remove')) {
    if (u !== undefined || args.flag('new') || args.flag('upsert'))
      fail(9, "Cannot specify 'update', 'new' or 'upsert' along with 'remove'");
    const { before, matched } = await writeOne(server.storage, ns, { ...wanted, apply: removing });
    return { lastErrorObject: { n: matched }, value: shown(before) };
  }
  if (u === undefined) return fail(9, "Either an 'update' or 'remove' must be specified");
  const apply = updating(compileUpdate(u), filter.conditions, args.flag('upsert'));
  const { matched, upserted, before, after } = await writeOne(server.storage, ns, { ...wanted, apply });
  const lastErrorObject = toValue({ n: matched + (upserted ? 1 : 0), updatedExisting: matched > 0, upserted });
  return { lastErrorObject, value: shown(args.flag('new') ? after : before) };
}

/** Commands that change documents. */
export const WRITE_COMMANDS: Record<string, Command> = {
  insert: { fields: ['documents', 'ordered', 'bypassDocumentValidation'], run: insert },
  update: { fields: ['updates', 'ordered', 'bypassDocumentValidation'], run: update },
  delete: { fields: ['deletes', 'ordered'], run: remove },
  findAndModify: {
    fields: ['query', 'sort', 'remove', 'update', 'new', 'fields', 'upsert', 'bypassDocumentValidation'],
    run: findAndModify,
  },
};
