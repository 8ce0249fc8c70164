/* global db, use, print, EJSON, quit */
// What a person does in mongosh. Each step checks its answer; the last line says how many did.
let checked = 0;

function check(name, found, expected) {
  const [shown, wanted] = [found, expected].map((value) => EJSON.stringify(value));
  if (shown !== wanted) {
    print(`mongosh: ${name}: ${shown} instead of ${wanted}`);
    quit(1);
  }
  checked += 1;
}

function refusal(run) {
  try {
    run();
  } catch (error) {
    return error.code;
  }
  return 'accepted';
}

use('ecobalyse');
const garment = (_id, product_id, ecs) => ({ _id, md5_id: `md5-${_id}`, product_id, impacts: { ecs } });

check('ping', db.runCommand({ ping: 1 }).ok, 1);
check('hello', db.hello().isWritablePrimary, true);
check('insertOne', db.impacts.insertOne(garment(1, 'jean', 10)).insertedId, 1);
check('insertMany', db.impacts.insertMany([garment(2, 'jean', 20), garment(3, 'pull', 5)]).acknowledged, true);
check(
  'show dbs',
  db.adminCommand({ listDatabases: 1 }).databases.map(({ name }) => name),
  ['ecobalyse'],
);
check('show collections', db.getCollectionNames(), ['impacts']);
check(
  'collection infos',
  db.getCollectionInfos().map(({ type }) => type),
  ['collection'],
);
check('find', db.impacts.find({ product_id: 'jean' }, { md5_id: 1 }).sort({ _id: -1 }).toArray(), [
  { _id: 2, md5_id: 'md5-2' },
  { _id: 1, md5_id: 'md5-1' },
]);
check('findOne', db.impacts.findOne({ md5_id: 'md5-3' }).impacts, { ecs: 5 });
const means = [{ $group: { _id: '$product_id', mean: { $avg: '$impacts.ecs' } } }, { $sort: { _id: 1 } }];
check('aggregate', db.impacts.aggregate(means).toArray(), [
  { _id: 'jean', mean: 15 },
  { _id: 'pull', mean: 5 },
]);
check('createIndex', db.impacts.createIndex({ md5_id: 1 }, { unique: true }), 'md5_id_1');
check('getIndexes', db.impacts.getIndexes(), [
  { v: 2, key: { _id: 1 }, name: '_id_' },
  { v: 2, key: { md5_id: 1 }, name: 'md5_id_1', unique: true },
]);
const plan = db.impacts.find({ md5_id: 'md5-1' }).explain('executionStats');
check('explain', plan.queryPlanner.winningPlan.inputStage.indexName, 'md5_id_1');
check('explain counts', plan.executionStats.nReturned, 1);
check('updateOne', db.impacts.updateOne({ _id: 1 }, { $set: { seen: true }, $inc: { n: 2 } }).modifiedCount, 1);
check(
  'findOneAndUpdate',
  db.impacts.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { returnDocument: 'after' }).n,
  3,
);
check('replaceOne', db.impacts.replaceOne({ _id: 3 }, { md5_id: 'md5-3', product_id: 'pull' }).modifiedCount, 1);
const many = [{ insertOne: { document: { _id: 9, md5_id: 'z' } } }, { deleteOne: { filter: { _id: 9 } } }];
check('bulkWrite', db.impacts.bulkWrite(many).deletedCount, 1);
check('countDocuments', db.impacts.countDocuments({ product_id: 'jean' }), 2);
check('estimatedDocumentCount', db.impacts.estimatedDocumentCount(), 3);
check('distinct', db.impacts.distinct('md5_id'), ['md5-1', 'md5-2', 'md5-3']);
check('db.stats', db.stats().collections, 1);
check('validate', db.impacts.validate().valid, true);
check(
  'duplicate key',
  refusal(() => db.impacts.insertOne({ md5_id: 'md5-1' })),
  11000,
);
const lookup = { from: 'impacts', localField: 'product_id', foreignField: 'product_id', as: 'same' };
check(
  '$lookup',
  db.impacts
    .aggregate([{ $match: { _id: 3 } }, { $lookup: lookup }])
    .toArray()[0]
    .same.map(({ _id }) => _id),
  [3],
);
check('$sample', db.impacts.aggregate([{ $sample: { size: 2 } }]).toArray().length, 2);
check('$facet', db.impacts.aggregate([{ $facet: { all: [{ $count: 'n' }] } }]).toArray(), [{ all: [{ n: 3 }] }]);
check(
  '$where',
  refusal(() => db.impacts.find({ $where: 'true' }).toArray()),
  238,
);
check('stats', db.impacts.stats().count, 3);
check('totalIndexSize', db.impacts.totalIndexSize() > 0, true);
check('dataSize', db.impacts.dataSize() > 0, true);
check('renameCollection', db.impacts.renameCollection('kept').ok, 1);
check('deleteMany', db.kept.deleteMany({ product_id: 'jean' }).deletedCount, 2);
db.many.insertMany(Array.from({ length: 300 }, (_, i) => ({ i })));
check('batches', db.many.find().batchSize(7).toArray().length, 300);
check('drop', db.kept.drop(), true);
check('dropDatabase', db.dropDatabase().ok, 1);
print(`mongosh: ${checked} checks passed`);
