import { serialize } from 'bson';
import { expect, it } from 'vitest';
import { parsePath } from '../bson/path.js';
import { documentValue } from '../bson/values.js';
import { documentsOfKeys, type Index, indexEntries } from './index-entries.js';

/** What the key of a document says of it, in an index of these fields. */
function toldByKey(fields: readonly string[], document: object): Buffer | undefined {
  const index: Index = {
    ...{ id: 1, name: 'one', unique: false, sparse: false, multikey: false, cut: false },
    fields: fields.map((text) => ({ path: parsePath(text), direction: 1 })),
  };
  const [entry] = indexEntries(index, documentValue(Buffer.from(serialize(document)))).entries;
  // Keys begin with the id of their index.
  return documentsOfKeys(index)(Buffer.concat([Buffer.alloc(4), entry?.key as Buffer]));
}

it.each([
  [['a'], { a: 'text' }],
  [['a', 'b'], { a: '', b: 'é' }],
  [['a.b'], { a: { b: 'x' } }],
  [['a.b', 'a.c', 'd'], { a: { b: '1', c: '22' }, d: '333' }],
  [['a', 'b.c.d', 'b.c.e', 'b.f'], { a: '1', b: { c: { d: '22', e: '' }, f: '333' } }],
  [['a.b.c', 'd.e.f'], { a: { b: { c: 'x' } }, d: { e: { f: 'yz' } } }],
])('the keys of %j tell the document, to the byte', (fields, document) => {
  expect(toldByKey(fields, document)).toEqual(Buffer.from(serialize(document)));
});

it.each([
  ['a number', ['a', 'b'], { a: 'x', b: 1 }],
  ['what is missing', ['a'], {}],
  ['fields of one document that stand apart', ['a.b', 'c', 'a.d'], { a: { b: 'x', d: 'z' }, c: 'y' }],
])('keys do not tell %s', (_what, fields, document) => expect(toldByKey(fields, document)).toBeUndefined());
