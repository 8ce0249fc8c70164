import { type DetailedSimulation, detailedSimulationSchema } from '@ecobalyse/schema';
import { accepts, simulateDetailed } from '@ecobalyse/textile-method';
import { deserialize, serialize } from 'bson';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { bsonOfJson, bsonReader, documentsOf, joinBson, jsonValueOf } from './index.js';
import { anyText } from './testing/any-text.js';

const asLibrary = (document: object) => Buffer.from(serialize(document, { ignoreUndefined: true }));
const LONG = 'é'.repeat(30);

describe('BSON of values of JSON', () => {
  it.each<[string, unknown]>([
    ['whole numbers', [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, -(2 ** 31) - 1, 1e21, 2 ** 53]],
    ['broken numbers', [0.1, -1.5e-7, 5e-324, 1.7976931348623157e308]],
    ['what is no number', [Number.NaN, Number.POSITIVE_INFINITY]],
    ['texts', ['', 'é', '\u{1f9f5}', 'a"b\\c', '\u0000\u0001\n\u007f\u2028', LONG, 'x'.repeat(24), 'x'.repeat(25)]],
    ['truth', [true, false, null]],
    ['lists', [[], [[]], [{}], Array.from({ length: 11 }, (_, index) => index)]],
    ['objects', { empty: {}, '': 1, 'with.dot': 1, $operator: 1, é: 1, 'a"b': 1 }],
  ])('is what the library writes of %s, and gives the value back', (_, value) => {
    const document = { before: 1, value, after: 'x' };
    expect(bsonOfJson(document)).toEqual(asLibrary(document));
    expect(jsonValueOf(bsonOfJson(document))).toEqual(document);
  });

  it('is that of any JSON, in its order', () => {
    const text = anyText(40);
    const name = text.filter((one) => !one.includes('\0') && !/^\d+$/.test(one) && one !== '__proto__');
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.oneof(
          text,
          fc.double().map((one) => one + 0),
          fc.integer(),
          fc.boolean(),
          fc.constant(null),
        ),
        fc.array(tie('json'), { maxLength: 12 }),
        fc.dictionary(name, tie('json'), { maxKeys: 8, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(name, json, { maxKeys: 8, noNullPrototype: true }), (document) => {
        const bson = bsonOfJson(document);
        return bson.equals(asLibrary(document)) && JSON.stringify(jsonValueOf(bson)) === JSON.stringify(document);
      }),
      { numRuns: 150 },
    );
  });

  it('has one zero, as JSON has', () => {
    expect(bsonOfJson({ a: -0 })).toEqual(asLibrary({ a: 0 }));
  });

  it('leaves out what is undefined, but in a list', () => {
    expect(bsonOfJson({ a: undefined, b: [undefined, 1] })).toEqual(asLibrary({ b: [null, 1] }));
  });

  it('is the same for what is frozen, whichever time and wherever it is met', () => {
    const place = Object.freeze({ code: 'FR', share: 0.5 });
    const other = Object.freeze({ code: 'PT', share: 0.5 });
    for (const document of [{ place }, { a: 'x', list: [place, other, place] }, { place: other }, place])
      expect(bsonOfJson(document)).toEqual(asLibrary(document));
  });

  it('is that of what an object has become since', () => {
    const place = { code: 'FR' };
    bsonOfJson({ place });
    place.code = 'PT';
    expect(bsonOfJson({ place })).toEqual(asLibrary({ place }));
  });

  it('grows with what it holds, wherever its end falls', () => {
    const frozen = Object.freeze({ text: 'frozen' });
    for (const length of [1 << 19, (1 << 20) - 90, (1 << 20) - 40, (1 << 20) - 30, 1 << 20, 3_000_000]) {
      const document = { text: 'é'.repeat(length / 2), frozen, list: [1.5, 'short', { a: null }], again: { frozen } };
      expect(bsonOfJson(document).equals(asLibrary(document))).toBe(true);
    }
    expect(bsonOfJson({ frozen })).toEqual(asLibrary({ frozen }));
  });

  it('is whole when it ends a few bytes beyond what there was room for', async () => {
    for (const beyond of [2, 3, 4]) {
      vi.resetModules();
      const fresh = await import('./write.js');
      // A letter of four bytes that does not fit is not begun.
      const document = { x: 'x'.repeat(8 + beyond), text: '\u{1f9f5}'.repeat((1 << 18) - 8) };
      const wanted = asLibrary(document);
      expect([wanted.length, fresh.bsonOfJson(document).equals(wanted)]).toEqual([(1 << 20) + beyond, true]);
    }
  });

  it('holds all of what is frozen where that ends beyond what there was room for', async () => {
    for (const beyond of [1, 3, 9, 14]) {
      vi.resetModules();
      const fresh = await import('./write.js');
      const place = Object.freeze({ code: 'abcdefghij' });
      const rest = asLibrary({ x: '', place, again: { place } }).length;
      // The last but one of its places ends beyond.
      const after = asLibrary({ again: { place } }).length - 5;
      const document = { x: 'x'.repeat((1 << 20) + beyond + after - rest), place, again: { place } };
      expect(fresh.bsonOfJson(document).equals(asLibrary(document))).toBe(true);
    }
  });

  it.each([
    ['a name with U+0000', { 'a\0b': 1 }, 'a name without U+0000'],
    ['a big integer', { list: [{ n: 1n }] }, 'a value of JSON in n'],
    ['a function', { f: () => 1 }, 'a value of JSON in f'],
    ['more than any server takes', { list: Array.from({ length: 5 }, () => 'x'.repeat(9_000_000)) }, 'bytes'],
  ])('is refused for %s', (_, document, message) => {
    expect(() => bsonOfJson(document)).toThrow(message);
    expect(bsonOfJson({ a: 1 })).toEqual(asLibrary({ a: 1 }));
  });
});

describe('documents as bytes', () => {
  it('are joined field after field', () => {
    expect(joinBson(...[{ a: 1 }, {}, { b: { c: 'é' } }, { a: 2 }].map(bsonOfJson))).toEqual(
      Buffer.from([
        ...[46, 0, 0, 0],
        ...[...bsonOfJson({ a: 1 }).subarray(4, -1), ...bsonOfJson({ b: { c: 'é' } }).subarray(4, -1)],
        ...[...bsonOfJson({ a: 2 }).subarray(4, -1), 0],
      ]).fill(Buffer.from([bsonOfJson({ a: 1, b: { c: 'é' }, d: 2 }).length, 0, 0, 0]), 0, 4),
    );
    expect(deserialize(joinBson(bsonOfJson({ a: 1 }), bsonOfJson({ b: [] })))).toEqual({ a: 1, b: [] });
  });

  const [first, second] = [bsonOfJson({ a: 1 }), bsonOfJson({ b: 'x' })] as [Buffer, Buffer];
  it.each<[string, Buffer[], Buffer[] | null]>([
    ['none', [], []],
    ['one', [first], [first]],
    ['two', [first, second], [first, second]],
    ['one of nothing', [first, bsonOfJson({})], [first, bsonOfJson({})]],
    ['a half', [first, second.subarray(0, -1)], null],
    ['a length alone', [first, Buffer.from([5, 0, 0])], null],
    ['a length of nothing', [first, Buffer.alloc(8)], null],
    ['a length below zero', [Buffer.from([255, 255, 255, 255, 0])], null],
  ])('are found one after another: %s', (_, given, found) => {
    expect(documentsOf(Buffer.concat(given))).toEqual(found);
  });

  it('of other values than those of JSON are not read', () => {
    expect(() => jsonValueOf(asLibrary({ at: new Date(0) }))).toThrow('a value of JSON');
  });
});

describe('a reader of answers as BSON', () => {
  const query = {
    mass: 0.17,
    materials: [
      { id: 'ei-coton', share: 0.75 },
      { id: 'ei-pet', share: 0.25 },
    ],
    product: 'tshirt',
  };
  const answer = JSON.parse(JSON.stringify(simulateDetailed(query))) as DetailedSimulation;
  const refuses = (name: string) => name === '_id';
  const read = bsonReader(detailedSimulationSchema, { fields: ['impacts', 'inputs'], refuses });
  const isAnswer = accepts(detailedSimulationSchema);

  /** The answer with the value at a path made another. */
  const changed = (path: string, change: (holder: Record<string, unknown>, name: string) => void) => {
    const copy = structuredClone(answer) as unknown as Record<string, unknown>;
    const names = path.split('.');
    const last = names.pop() as string;
    change(
      names.reduce<Record<string, unknown>>((value, name) => value[name] as never, copy),
      last,
    );
    return copy;
  };
  const PATHS = [
    ...['impacts', 'impacts.acd', 'impacts.pef', 'impacts.etf-c', 'impactsWithoutDurability.ecs', 'complementsImpacts'],
    ...['complementsImpacts.hedges', 'trimsImpacts.wtu', 'daysOfWear', 'durability', 'useNbCycles', 'webUrl'],
    ...['inputs', 'inputs.mass', 'inputs.product.id', 'inputs.countryFabric.code', 'inputs.countryMaking.name'],
    ...['inputs.materials', 'inputs.materials.0', 'inputs.materials.1.share', 'inputs.materials.1.material.id'],
    ...['inputs.price', 'lifeCycle', 'lifeCycle.7', 'lifeCycle.0.label', 'lifeCycle.3.enabled', 'lifeCycle.3.country'],
    ...['lifeCycle.5.impacts.pef', 'lifeCycle.5.impacts.acd', 'lifeCycle.6.transport.impacts.swe', 'lifeCycle.2.waste'],
    ...['transport', 'transport.air', 'transport.impacts.tre', 'lifeCycle.1.preTreatments'],
  ];
  const VALUES = [undefined, null, 1, 1.5, 'x', true, [], {}, [{}], { a: 1 }, { a: 'x' }];

  it('reads what the schema names of the fields that are asked for', () => {
    const { impacts, inputs } = answer;
    const country = ({ code, name }: typeof inputs.countryFabric) => ({ code, name });
    expect(read(bsonOfJson(answer))).toEqual({
      impacts,
      inputs: {
        mass: 0.17,
        product: { id: 'tshirt' },
        materials: query.materials.map(({ id, share }) => ({ material: { id }, share })),
        countryFabric: country(inputs.countryFabric),
        countryDyeing: country(inputs.countryDyeing),
        countryMaking: country(inputs.countryMaking),
      },
    });
  });

  it('lets pass what the schema does, whatever stands where, in whatever order, and forgets what it met', () => {
    for (const path of PATHS)
      for (const value of VALUES) {
        const given = changed(path, (holder, name) => {
          holder[name] = value;
        });
        const bson = bsonOfJson(given);
        expect(read(bson) !== null, `${path}: ${JSON.stringify(value)}`).toBe(isAnswer(jsonValueOf(bson)));
      }
    const backwards = Object.fromEntries(Object.entries(answer).reverse());
    expect(read(bsonOfJson(backwards))).toEqual(read(bsonOfJson(answer)));
    expect(read(bsonOfJson({ more: { deep: [1] }, ...answer, $: 1 }))).toEqual(read(bsonOfJson(answer)));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %s, which is no number to JSON', (value) => {
    expect(read(bsonOfJson({ ...answer, daysOfWear: value }))).toBeNull();
  });

  it('refuses a name that no document may have, at the top only', () => {
    expect(read(bsonOfJson({ ...answer, _id: 1 }))).toBeNull();
    expect(read(bsonOfJson({ ...answer, more: { _id: 1 } }))).not.toBeNull();
  });

  it('refuses what is no whole document, wherever it ends or is damaged, and reads none beyond its end', () => {
    const small = z.looseObject({ name: z.string(), list: z.array(z.number()).min(2), yes: z.boolean() });
    const readSmall = bsonReader(small, { fields: ['name', 'list', 'yes'], refuses: () => false });
    const document = { name: 'é', list: [1, 2.5], yes: true, other: { a: [null, 'x'] } };
    const bson = bsonOfJson(document);
    const { other: _, ...named } = document;
    expect(readSmall(bson)).toEqual(named);
    for (let length = 0; length < bson.length; length += 1) expect(readSmall(bson.subarray(0, length))).toBeNull();
    expect(readSmall(Buffer.concat([bson, Buffer.alloc(1)]))).toBeNull();
    for (let at = 0; at < bson.length; at += 1)
      for (const byte of [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 16, 18, 127, 128, 255]) {
        const damaged = Buffer.concat([bson.subarray(0, at), Buffer.from([byte]), bson.subarray(at + 1)]);
        const given = readSmall(damaged);
        if (given !== null) expect(small.safeParse(given).success, `${at}: ${byte}`).toBe(true);
      }
    expect(readSmall(bson)).toEqual(named);
  });

  const small = z.looseObject({
    name: z.string(),
    count: z.number().optional(),
    yes: z.boolean().nullable(),
    list: z.array(z.number()).min(2).optional(),
    inner: z.object({ a: z.number() }).optional(),
  });
  const readName = bsonReader(small, { fields: ['name'], refuses: () => false });
  const readAll = bsonReader(small, { fields: ['name', 'count', 'yes', 'list', 'inner'], refuses: () => false });
  const [X, XY] = [
    [2, 0, 0, 0, 0x78, 0],
    [3, 0, 0, 0, 0x78, 0x79, 0],
  ] as const;
  const [ONE, TWO] = [
    [16, 0x30, 0, 1, 0, 0, 0],
    [16, 0x31, 0, 2, 0, 0, 0],
  ] as const;
  const named = (type: number, name: string, ...value: number[]) => [type, ...Buffer.from(`${name}\0`), ...value];
  const documentOf = (...values: number[][]) => {
    const document = Buffer.from([0, 0, 0, 0, ...values.flat(), 0]);
    document.writeInt32LE(document.length);
    return document;
  };
  const nested = (...values: number[][]) => [...documentOf(...values)];

  it.each<[string, number[][], object | null]>([
    ['one text', [named(2, 'name', ...XY)], { name: 'xy' }],
    ['no text', [], null],
    ['null in place of a text', [named(10, 'name')], null],
    ['an empty text', [named(2, 'name', 1, 0, 0, 0, 0)], { name: '' }],
    ['a text of less than nothing', [named(2, 'name', 0, 0, 0, 0)], null],
    ['a text whose length ends it too early', [named(2, 'name', 1, 0, 0, 0, 0x78, 0)], null],
    ['a text whose length ends it too late', [named(2, 'name', 3, 0, 0, 0, 0x78, 0)], null],
    ['a text without its end', [named(2, 'name', 2, 0, 0, 0, 0x78, 0x79)], null],
    ['a text that is cut within its length', [named(2, 'name', 2, 0, 0)], null],
    ['letters beyond ASCII', [named(2, 'name', 4, 0, 0, 0, 0x78, 0xc3, 0xa9, 0)], { name: 'xé' }],
    ['half a letter', [named(2, 'name', 3, 0, 0, 0, 0x78, 0xc3, 0)], null],
    ['half a letter of what is not asked for', [named(2, 'name', ...X), named(2, 'yes', 2, 0, 0, 0, 0xc3, 0)], null],
    ['a name of half a letter', [named(2, 'name', ...X), [10, 0xc3, 0]], null],
    ['a name without its end', [named(2, 'name', ...X), [10, 0x78]], null],
    ['true', [named(2, 'name', ...X), named(8, 'yes', 1)], { name: 'x', yes: true }],
    ['false', [named(2, 'name', ...X), named(8, 'yes', 0)], { name: 'x', yes: false }],
    ['null in place of the truth', [named(2, 'name', ...X), named(10, 'yes')], { name: 'x', yes: null }],
    ['a truth of two', [named(2, 'name', ...X), named(8, 'yes', 2)], null],
    ['a truth that ends the document', [named(2, 'name', ...X), named(8, 'yes')], null],
    ['a whole number', [named(2, 'name', ...X), named(16, 'count', 0, 1, 0, 0)], { name: 'x', count: 256 }],
    ['a whole number that is cut', [named(2, 'name', ...X), named(16, 'count', 0, 1, 0)], null],
    [
      'a broken number',
      [named(2, 'name', ...X), named(1, 'count', 0, 0, 0, 0, 0, 0, 0xe0, 0x3f)],
      { name: 'x', count: 0.5 },
    ],
    ['a broken number that is cut', [named(2, 'name', ...X), named(1, 'count', 0, 0, 0, 0, 0, 0, 0xe0)], null],
    ['a date', [named(2, 'name', ...X), named(9, 'count', 0, 0, 0, 0, 0, 0, 0, 0)], null],
    [
      'as many as a list has to hold',
      [named(2, 'name', ...X), named(4, 'list', ...nested([...ONE], [...TWO]))],
      { name: 'x', list: [1, 2] },
    ],
    ['fewer than a list has to hold', [named(2, 'name', ...X), named(4, 'list', ...nested([...ONE]))], null],
    [
      'an object',
      [named(2, 'name', ...X), named(3, 'inner', ...nested(named(16, 'a', 7, 0, 0, 0)))],
      { inner: { a: 7 } },
    ],
    ['an object without its field', [named(2, 'name', ...X), named(3, 'inner', ...nested(named(10, 'b')))], null],
    ['an object of nothing', [named(2, 'name', ...X), named(3, 'inner', ...nested())], null],
    ['an object that is shorter than any', [named(2, 'name', ...X), named(3, 'inner', 4, 0, 0, 0)], null],
    [
      'something else of any shape',
      [named(2, 'name', ...X), named(3, 'more', ...nested([10, 0xc3, 0]))],
      { name: 'x' },
    ],
    [
      'something else that is shorter than any',
      [named(2, 'name', ...X), named(3, 'more', 4, 0, 0, 0), named(10, 'z')],
      null,
    ],
    ['something else of no length', [named(2, 'name', ...X), named(3, 'more', 0, 0, 0, 0), named(10, 'z')], null],
    // As bits it would be the type of numbers.
    ['a type that there is not', [named(2, 'name', ...X), named(33, 'count')], null],
    [
      'a text that ends beyond its object',
      [named(2, 'name', ...X), [3, 0x6d, 0, 13, 0, 0, 0, 2, 0x6e, 0, 3, 0, 0, 0, 0], [0, 0]],
      null,
    ],
    ['something else without its end', [named(2, 'name', ...X), named(3, 'more', 5, 0, 0, 0, 1)], null],
    ['something else beyond its end', [named(2, 'name', ...X), named(3, 'more', 9, 0, 0, 0, 0)], null],
  ])('takes %s for what it is', (_, values, expected) => {
    const document = documentOf(...values);
    if (expected === null) return expect([readAll(document), readName(document)]).toEqual([null, null]);
    expect(readAll(document)).toMatchObject(expected);
    expect(readName(document)).toEqual('name' in expected ? { name: expected.name } : { name: 'x' });
  });

  it('takes no field that is there twice for one that is missing', () => {
    const schema = z.object({ a: z.number(), maybe: z.number().optional(), b: z.number(), c: z.number() });
    const readThree = bsonReader(schema, { fields: ['a', 'b', 'c'], refuses: () => false });
    const of = (...names: string[]) =>
      readThree(documentOf(...names.map((name, at) => named(16, name, at + 1, 0, 0, 0))));
    expect(of('a', 'b', 'c')).toEqual({ a: 1, b: 2, c: 3 });
    expect([of('a', 'a', 'c'), of('b', 'b', 'b', 'c'), of('a', 'maybe', 'b')]).toEqual([null, null, null]);
    // As in JSON, the last one counts.
    expect(of('c', 'b', 'a', 'c')).toEqual({ a: 3, b: 2, c: 4 });
  });

  it('is for schemas of answers', () => {
    const options = { fields: [], refuses };
    const wide = (count: number) =>
      z.object(Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, z.number()])));
    const full = Object.fromEntries(Array.from({ length: 31 }, (_, at) => [`f${at}`, at]));
    const readWide = bsonReader(wide(31), { fields: ['f0'], refuses });
    expect([readWide(bsonOfJson(full)), readWide(bsonOfJson({ ...full, f30: undefined }))]).toEqual([{ f0: 0 }, null]);
    expect(() => bsonReader(wide(32), options)).toThrow('the type object');
    expect(() => bsonReader(z.bigint(), options)).toThrow('no rule of BSON for a schema of the type bigint');
    for (const list of [z.array(z.string()).max(1), z.array(z.string()).min(1).max(2)])
      expect(() => bsonReader(list, options)).toThrow('the type array');
  });
});
