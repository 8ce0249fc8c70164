import { documentValue, elements, fromValues, isEmptyDocument, TYPE, type Value } from '../bson/values.js';
import { fail } from '../errors.js';
import { compileOptionalFilter } from '../language/match.js';
import { compileProjection } from '../language/projection.js';
import { compileSort } from '../language/sort.js';
import { compileUpdate } from '../language/update.js';
import type { Pace } from '../pace.js';
import {
  applying,
  inserting,
  type Outcome,
  removing,
  runSteps,
  type Step,
  untilDone,
  updating,
  type WriteError,
  writeOne,
} from '../storage/writes.js';
import { type Reply, toValue } from '../wire/reply.js';
import { createArguments } from './arguments.js';
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

/** Runs the steps that a command's documents ask for, and gives what the replies have in common. */
async function runAll(call: Call, field: string, stepOf: (document: Buffer, pace: Pace) => Step) {
  const { args, server } = call;
  const documents = args.documents(field);
  if (documents.length === 0 || documents.length > MAX_WRITE_BATCH) {
    fail(16, `Write batch sizes must be between 1 and ${MAX_WRITE_BATCH}. Got ${documents.length} operations.`);
  }
  const pace = untilDone(call);
  const steps = documents.map((document) => stepOf(document, pace));
  const { outcomes, errors } = await runSteps(
    server.storage,
    namespaceOf(call),
    steps,
    args.flag('ordered', true),
    pace,
  );
  return { outcomes, reply: { n: sumOf(outcomes, 'matched'), ...writeErrorsField(errors) } };
}

async function insert(call: Call): Promise<Reply> {
  return (await runAll(call, 'documents', inserting)).reply;
}

/** Reads a statement; what is wrong with its filter or update is found when it is compiled, as a write error. */
function updateStep(document: Buffer, pace: Pace): Step {
  const args = createArguments(documentValue(document), 'updates', ['q', 'u', 'multi', 'upsert', 'sort']);
  const query = args.document('q') ?? args.missing('q');
  const u = args.value('u') ?? args.missing('u');
  const multi = args.flag('multi');
  return applying(() => {
    if (multi && u.type === TYPE.object && !elements(u)[0]?.name.startsWith('$')) {
      fail(9, 'multi update is not supported for replacement-style update');
    }
    const filter = compileOptionalFilter(query);
    const apply = updating(compileUpdate(u), filter.conditions, args.flag('upsert'));
    return { filter, apply, multi, sort: compileSort(args.document('sort')), pace };
  });
}

async function update(call: Call): Promise<Reply> {
  const { outcomes, reply } = await runAll(call, 'updates', updateStep);
  const upserted = outcomes.flatMap((outcome, index) =>
    outcome.upserted ? [toValue({ index, _id: outcome.upserted })] : [],
  );
  return {
    ...reply,
    n: reply.n + upserted.length,
    nModified: sumOf(outcomes, 'modified'),
    ...(upserted.length > 0 && { upserted: fromValues(upserted) }),
  };
}

function sumOf(outcomes: readonly Outcome[], field: 'matched' | 'modified'): number {
  return outcomes.reduce((sum, outcome) => sum + outcome[field], 0);
}

function deleteStep(document: Buffer, pace: Pace): Step {
  const args = createArguments(documentValue(document), 'deletes', ['q', 'limit']);
  const query = args.document('q') ?? args.missing('q');
  const limit = args.value('limit') === undefined ? args.missing('limit') : args.number('limit', -1);
  if (limit !== 0 && limit !== 1) fail(9, 'The limit field in delete objects must be 0 or 1');
  return applying(() => ({ filter: compileOptionalFilter(query), apply: removing, multi: limit === 0, pace }));
}

async function remove(call: Call): Promise<Reply> {
  return (await runAll(call, 'deletes', deleteStep)).reply;
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
