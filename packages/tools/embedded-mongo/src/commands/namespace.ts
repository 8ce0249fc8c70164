import { TYPE, text } from '../bson/values.js';
import { fail } from '../errors.js';
import { typeName } from '../language/expression.js';
import type { Collection } from '../storage/catalogue.js';
import type { Call } from './command.js';

/** `database.collection` of the collection that a command names. */
export function namespaceOf(call: Call, field = call.args.name): string {
  const name = call.args.value(field);
  if (name?.type !== TYPE.string) fail(73, `collection name has invalid type ${typeName(name)}`);
  return checkedNamespace(`${call.database}.${text(name)}`);
}

/** @throws CommandError 73 for a name that no collection can have */
export function checkedNamespace(ns: string): string {
  const collection = ns.slice(ns.indexOf('.') + 1);
  const database = ns.slice(0, ns.indexOf('.'));
  if (
    database === '' ||
    collection === '' ||
    collection.startsWith('.') ||
    collection.endsWith('.') ||
    /[$\0]/.test(collection)
  ) {
    fail(73, `Invalid namespace specified '${ns}'`);
  }
  if (Buffer.byteLength(ns) > 255) fail(73, `Namespace is too long: '${ns}'`);
  return ns;
}

/** @throws CommandError 26 when there is no such collection */
export function existingCollection(call: Call, ns: string): Collection {
  return call.server.storage.collection(ns) ?? fail(26, `ns does not exist: ${ns}`);
}

/** The collections of a database in the order of their names. */
export function collectionsOf(call: Call, database = call.database): Collection[] {
  return [...call.server.storage.collections.values()]
    .filter(({ ns }) => ns.startsWith(`${database}.`))
    .sort((a, b) => (a.ns < b.ns ? -1 : 1));
}
