import { bool, documentValue, elements, fromElements, fromValues, int32, TYPE, type Value } from '../bson/values.js';
import { fail } from '../errors.js';
import { compileOptionalFilter } from '../language/match.js';
import { compileProjection } from '../language/projection.js';
import { compileSort } from '../language/sort.js';
import { compileUpdate } from '../language/update.js';
import type { Pace } from '../pace.js';
import {
  type DeleteStatement,
  deleteDocuments,
  deleteOne,
  insertDocuments,
  type UpdateStatement,
  untilDone,
  updateDocuments,
  updateOne,
  type WriteError,
} from '../storage/writes.js';
import type { Reply } from '../wire/reply.js';
import { type Arguments, createArguments } from './arguments.js';
import type { Call, Command } from './command.js';
import { namespaceOf } from './namespace.js';
import { hintOf } from './read.js';

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

const UPDATE_STATEMENT_FIELDS = ['q', 'u', 'multi', 'upsert', 'arrayFilters', 'hint', 'sort'];

/** Reads a statement; what is wrong with its filter or update is found when it is compiled, as a write error. */
function updateStatement(document: Buffer, pace: Pace): () => UpdateStatement {
  const args = createArguments(documentValue(document), 'updates', UPDATE_STATEMENT_FIELDS);
  const query = args.document('q') ?? fail(40414, "BSON field 'update.updates.q' is missing but a required field");
  const u = args.value('u') ?? fail(40414, "BSON field 'update.updates.u' is missing but a required field");
  const multi = args.flag('multi');
  return () => {
    if (multi && u.type === TYPE.object && !elements(u)[0]?.name.startsWith('$')) {
      fail(9, 'multi update is not supported for replacement-style update');
    }
    return {
      filter: compileOptionalFilter(query),
      update: compileUpdate(u, query, args.array('arrayFilters')),
      multi,
      upsert: args.flag('upsert'),
      hint: hintOf(args),
      sort: compileSort(args.document('sort')),
      pace,
    };
  };
}

async function update(call: Call): Promise<Reply> {
  const { args, server } = call;
  const pace = untilDone(call);
  const compilers = statements(args, 'updates').map((statement) => updateStatement(statement, pace));
  const ordered = args.flag('ordered', true);
  const { outcomes, errors } = await updateDocuments(server.storage, namespaceOf(call), compilers, ordered);
  let n = 0;
  let nModified = 0;
  const upserted: Value[] = [];
  outcomes.forEach((outcome, index) => {
    if (outcome === undefined) return;
    n += outcome.matched + (outcome.upserted ? 1 : 0);
    nModified += outcome.modified;
    if (outcome.upserted) {
      upserted.push(
        fromElements([
          { name: 'index', value: int32(index) },
          { name: '_id', value: outcome.upserted },
        ]),
      );
    }
  });
  return { n, nModified, ...(upserted.length > 0 && { upserted: fromValues(upserted) }), ...writeErrorsField(errors) };
}

function deleteStatement(document: Buffer, pace: Pace): () => DeleteStatement {
  const args = createArguments(documentValue(document), 'deletes', ['q', 'limit', 'hint']);
  const query = args.document('q') ?? fail(40414, "BSON field 'delete.deletes.q' is missing but a required field");
  if (args.value('limit') === undefined)
    fail(40414, "BSON field 'delete.deletes.limit' is missing but a required field");
  const limit = args.number('limit', -1);
  if (limit !== 0 && limit !== 1) fail(9, 'The limit field in delete objects must be 0 or 1');
  return () => ({ filter: compileOptionalFilter(query), one: limit === 1, hint: hintOf(args), pace });
}

async function remove(call: Call): Promise<Reply> {
  const { args, server } = call;
  const pace = untilDone(call);
  const compilers = statements(args, 'deletes').map((statement) => deleteStatement(statement, pace));
  const ordered = args.flag('ordered', true);
  const { outcomes, errors } = await deleteDocuments(server.storage, namespaceOf(call), compilers, ordered);
  return { n: outcomes.reduce<number>((sum, removed) => sum + (removed ?? 0), 0), ...writeErrorsField(errors) };
}

async function findAndModify(call: Call): Promise<Reply> {
  const { args, server } = call;
  const ns = namespaceOf(call);
  const query = args.document('query') ?? fromElements([]);
  const wanted = {
    filter: compileOptionalFilter(query),
    sort: compileSort(args.document('sort')),
    hint: hintOf(args),
    pace: untilDone(call),
  };
  const fields = args.document('fields');
  const project = fields && elements(fields).length > 0 ? compileProjection(fields, false) : undefined;
  const shown = (document: Buffer | undefined): Value | null =>
    document === undefined ? null : documentValue(project ? project(document) : document);
  const u = args.value('update');
  if (args.flag('remove')) {
    if (u !== undefined || args.flag('new') || args.flag('upsert'))
      fail(9, "Cannot specify 'update', 'new' or 'upsert' along with 'remove'");
    const removed = await deleteOne(server.storage, ns, wanted);
    return { lastErrorObject: { n: removed ? 1 : 0 }, value: shown(removed) };
  }
  if (u === undefined) return fail(9, "Either an 'update' or 'remove' must be specified");
  const outcome = await updateOne(server.storage, ns, {
    ...wanted,
    update: compileUpdate(u, query, args.array('arrayFilters')),
    multi: false,
    upsert: args.flag('upsert'),
  });
  const lastError = [
    { name: 'n', value: int32(outcome.matched + (outcome.upserted ? 1 : 0)) },
    { name: 'updatedExisting', value: bool(outcome.matched > 0) },
    ...(outcome.upserted ? [{ name: 'upserted', value: outcome.upserted }] : []),
  ];
  return { lastErrorObject: fromElements(lastError), value: shown(args.flag('new') ? outcome.after : outcome.before) };
}

/** Commands that change documents. */
export const WRITE_COMMANDS: Record<string, Command> = {
  insert: { fields: ['documents', 'ordered', 'bypassDocumentValidation'], run: insert },
  update: { fields: ['updates', 'ordered', 'bypassDocumentValidation'], run: update },
  delete: { fields: ['deletes', 'ordered'], run: remove },
  findAndModify: {
    fields: [
      'query',
      'sort',
      'remove',
      'update',
      'new',
      'fields',
      'upsert',
      'arrayFilters',
      'hint',
      'bypassDocumentValidation',
    ],
    run: findAndModify,
  },
};
