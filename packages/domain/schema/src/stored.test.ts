import { expect, it } from 'vitest';
import { type Finding, findingSchema, type TaskName, type TaskResult, taskResultSchemas } from './index.js';

/** What is kept in the database, or between processes, is read as it was written: no field of it is lost, and none refused. */

const words = { en: 'in English', fr: 'en français' };
const reasons = { mass: 'too small' };
const example = { md5_id: 'a', product: 'jean', country: 'FR', scenario: 'regular', reasons } as const;
const refused = [{ count: 2, example }];
const RESULTS: { [Name in TaskName]: Required<TaskResult<Name>> } = {
  'reference-data': { countries: 1, materials: 2, products: 3, fabricProcesses: 4, garments: 0 },
  simulations: { planned: 1, answered: 0, refused },
  load: { planned: 1, products: 2, inserted: 3, updated: 4, unchanged: 5, refused: 6, refusals: refused, indexes: 7 },
  'impact-documentation': { impacts: 0 },
  'clear-cache': { cleared: 0 },
  'add-products': { files: 1, added: 2, alreadyThere: 3, refused: 4, leftForNextRun: 5, notes: ['a note'] },
  rescore: {
    ...{ methodVersion: '7.0.0', planned: 1, rescored: 2, inCatalogues: 3, refused: 4 },
    examples: [{ md5_id: 'a', reasons }],
  },
  statistics: {
    ...{ read: 1, documents: 2, duplicates: 3, skippedDocuments: 4, incompleteDocuments: 5 },
    ...{ collections: { ranking: 6 }, milliseconds: { read: 7 }, notes: [] },
  },
  train: { skipped: true, reason: 'too few', family: null, version: null, promoted: false, metrics: { r2: 0.5 } },
};

it.each(Object.entries(RESULTS))('the result of %s', (task, result) => {
  expect(taskResultSchemas[task as TaskName].parse(result)).toEqual(result);
});

it('what may be absent of a result is what earlier versions did not write', () => {
  const optional = Object.entries(taskResultSchemas).flatMap(([task, { shape }]) =>
    Object.entries(shape).flatMap(([field, schema]) =>
      schema.safeParse(undefined).success ? [`${task} ${field}`] : [],
    ),
  );
  expect(optional).toEqual(['add-products notes', 'rescore inCatalogues']);
});

it.each<Finding>([
  { id: 'heavy', severity: 'doubtful', field: 'mass', message: words },
  { id: 'all', severity: 'refuse', field: null, message: words },
  { id: 'note', severity: 'note', field: '', message: words },
])('the finding %j', (finding) => expect(findingSchema.parse(finding)).toEqual(finding));
