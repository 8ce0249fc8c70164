import { describe, expect, it } from 'vitest';
import { CLASSES, elements, slice, TYPE, TYPE_NAMES, validateDocument, value } from './values.js';

const int32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(n);
  return bytes;
};
const text = (s: string): Buffer => Buffer.concat([int32(s.length + 1), Buffer.from(`${s}\0`)]);
const sized = (...parts: Buffer[]): Buffer => {
  const bytes = Buffer.concat(parts);
  return Buffer.concat([int32(bytes.length + 4), bytes]);
};
const element = (type: number, name: string, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type]), Buffer.from(`${name}\0`), bytes]);
const document = (...parts: Buffer[]): Buffer => sized(...parts, Buffer.from([0]));

const VALUES: Record<keyof typeof TYPE, Buffer> = {
  minKey: Buffer.alloc(0),
  undefined: Buffer.alloc(0),
  null: Buffer.alloc(0),
  int32: int32(7),
  int64: Buffer.alloc(8, 1),
  double: Buffer.alloc(8, 1),
  decimal: Buffer.alloc(16, 1),
  string: text('lin'),
  symbol: text('lin'),
  object: document(element(TYPE.bool, 'a', Buffer.from([1]))),
  array: document(element(TYPE.bool, '0', Buffer.from([1]))),
  binary: Buffer.concat([int32(2), Buffer.from([0, 8, 9])]),
  objectId: Buffer.alloc(12, 1),
  bool: Buffer.from([1]),
  date: Buffer.alloc(8, 1),
  timestamp: Buffer.alloc(8, 1),
  regex: Buffer.from('a+\0i\0'),
  dbPointer: Buffer.concat([text('db.c'), Buffer.alloc(12, 1)]),
  code: text('f()'),
  codeWithScope: sized(text('f()'), document()),
  maxKey: Buffer.alloc(0),
};

describe.each(Object.entries(VALUES))('a value of type %s', (name, bytes) => {
  const type = TYPE[name as keyof typeof TYPE];

  it('ends where its bytes say', () => {
    const whole = document(element(type, 'v', bytes), element(TYPE.int32, 'after', int32(3)));
    expect(validateDocument(whole, 0, whole.length)).toBe(whole.length);
    const found = elements(value(TYPE.object, whole));
    expect(found.map((one) => [one.name, one.value.type, slice(one.value)])).toEqual([
      ['v', type, bytes],
      ['after', TYPE.int32, int32(3)],
    ]);
  });

  it('is refused wherever it is cut short', () => {
    for (let length = 0; length < bytes.length; length++) {
      const cut = document(element(type, 'v', bytes.subarray(0, length)));
      expect(() => validateDocument(cut, 0, cut.length), `${length} bytes`).toThrow(
        expect.objectContaining({ code: 22 }),
      );
    }
  });
});

it.each([
  ['string', Buffer.concat([int32(0), Buffer.from([0])])],
  ['string', Buffer.concat([int32(2), Buffer.from('ab')])],
  ['string', Buffer.concat([int32(2), Buffer.from([0xff, 0])])],
  ['binary', Buffer.concat([int32(-1), Buffer.from([0])])],
  ['dbPointer', Buffer.concat([int32(0), Buffer.alloc(13)])],
  ['codeWithScope', Buffer.concat([int32(13), Buffer.alloc(9)])],
  ['regex', Buffer.from([0xff, 0, 0])],
  ['bool', Buffer.from([2])],
] as const)('a %s that cannot be is refused', (name, bytes) => {
  const whole = document(element(TYPE[name], 'v', bytes));
  expect(() => validateDocument(whole, 0, whole.length)).toThrow(expect.objectContaining({ code: 22 }));
});

it.each<[string, number[], boolean]>([
  ['of letters beyond ASCII', [...Buffer.from('é')], true],
  ['that is no UTF-8', [0x61, 0xff], false],
  ['that ends within a letter', [0xc3], false],
])('a name %s is looked at', (_, name, passes) => {
  const whole = document(Buffer.from([TYPE.null, ...name, 0]));
  const check = () => validateDocument(whole, 0, whole.length);
  if (passes) expect(check()).toBe(whole.length);
  else expect(check).toThrow(expect.objectContaining({ code: 22 }));
});

/** https://bsonspec.org, `$type` and the order of comparison of https://www.mongodb.com/docs/manual/reference/bson-types/. */
const IN_ORDER: readonly (readonly (readonly [byte: number, name: string])[])[] = [
  [[255, 'minKey']],
  [[6, 'undefined']],
  [[10, 'null']],
  [
    [1, 'double'],
    [16, 'int'],
    [18, 'long'],
    [19, 'decimal'],
  ],
  [
    [2, 'string'],
    [14, 'symbol'],
  ],
  [[3, 'object']],
  [[4, 'array']],
  [[5, 'binData']],
  [[7, 'objectId']],
  [[8, 'bool']],
  [[9, 'date']],
  [[17, 'timestamp']],
  [[11, 'regex']],
  [[12, 'dbPointer']],
  [[13, 'javascript']],
  [[15, 'javascriptWithScope']],
  [[127, 'maxKey']],
];
it('every type has its byte and name, and its place in the order of types', () => {
  expect(TYPE_NAMES).toEqual(Object.fromEntries(IN_ORDER.flat()));
  const places = IN_ORDER.map((types) => new Set(types.map(([byte]) => CLASSES[byte])));
  expect(places.map(({ size }) => size)).toEqual(IN_ORDER.map(() => 1));
  const each = places.map((of) => [...of][0] as number);
  expect(each).toEqual([...new Set(each)].sort((a, b) => a - b));
  expect(Object.keys(CLASSES)).toHaveLength(Object.keys(TYPE).length);
});
