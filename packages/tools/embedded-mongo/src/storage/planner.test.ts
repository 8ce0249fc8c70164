import { expect, it } from 'vitest';
import { useDatabase } from '../test-support/database.js';

const server = useDatabase();

it.each([
  [{ $gt: 'b' }, 1, ['bb', 'c'], 2],
  [{ $gte: 'b' }, 1, ['b', 'b', 'b', 'bb', 'c'], 5],
  [{ $gt: 'b', $lte: 'bb' }, 1, ['bb'], 1],
  [{ $gt: '' }, 1, ['a', 'b', 'b', 'b', 'bb', 'c'], 6],
  [{ $gt: 'b' }, -1, ['bb', 'c'], 5],
  [{ $gt: 2 }, 1, [2.5], 1],
  [{ $gt: 2.5 }, 1, [], 0],
])('of an index, %j looks at no more keys than it has to', async (wanted, direction, values, looked) => {
  const collection = server.db.collection(`planned-${direction}`);
  await collection.deleteMany({});
  await collection.createIndex({ v: direction as 1 });
  await collection.insertMany(['c', 'b', 'a', 'b', 'bb', 'b', 2, 2.5, 2, null].map((v) => ({ v })));
  const found = await collection.find({ v: wanted }).toArray();
  expect(found.map(({ v }) => v).sort()).toEqual(values);
  const { executionStats, queryPlanner, command } = await collection.find({ v: wanted }).explain('executionStats');
  expect(executionStats).toMatchObject({ totalDocsExamined: looked, nReturned: values.length, executionSuccess: true });
  expect(queryPlanner).toMatchObject({ namespace: collection.namespace, rejectedPlans: [] });
  expect(command).toEqual({ find: collection.collectionName });
});
