import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { impactCodeSchema, readYarnSizeText, textileQuerySchema } from './textile-query.js';
import { IMPACT_CODES } from './vocabulary.js';

const minimal = { mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt' };
const TRIM_ID = '86b877ff-0d59-482f-bb34-3ff306b07496';

/** `path: message` of each issue of the minimal query with some fields replaced. */
const issuesOf = (fields: object) =>
  textileQuerySchema
    .safeParse({ ...minimal, ...fields })
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

const withTrim = (trim: object) => ({ trims: [{ id: TRIM_ID, quantity: 1, ...trim }] });

describe('textileQuerySchema', () => {
  it.each([
    ['nothing but the required fields', {}],
    ['a mass of any sign and size, checked later', { mass: -3e20 }],
    ['an empty list of materials, checked later', { materials: [] }],
    ['an integer written as a decimal, or too large for its bound', { surfaceMass: 200.0, numberOfReferences: 1e20 }],
    ['ratios at their bounds', { makingWaste: 0, makingDeadStock: 1, airTransportRatio: 1 }],
    ['the largest printed part', { printing: { kind: 'pigment', ratio: 0.8 } }],
    ['a printing without ratio', { printing: { kind: 'substantive', ratio: null } }],
    ['repeated stages', { disabledSteps: ['use', 'use'] }],
    ['a UUID in upper case', withTrim({ id: TRIM_ID.toUpperCase() })],
    ['a custom trim', withTrim({ custom: { elements: [{ amount: -1, material: TRIM_ID }], scopes: ['veli'] } })],
    ['a yarn size in Dtex', { yarnSize: 'fil 250Dtex' }],
  ])('reads %s', (_, fields) => {
    expect(issuesOf(fields)).toEqual([]);
  });

  it('takes null for absent in every optional field, and for a fault in every required one', () => {
    for (const field of Object.keys(textileQuerySchema.shape)) {
      const paths = textileQuerySchema.safeParse({ ...minimal, [field]: null }).error?.issues.map(({ path }) => path);
      expect(paths, field).toEqual(field in minimal ? [[field]] : undefined);
    }
  });

  it('keeps what it reads as it was written, and drops unknown fields at every level', () => {
    const given = { ...minimal, yarnSize: '40Nm', countryDyeing: null, ...withTrim({ id: TRIM_ID.toUpperCase() }) };
    const verbose = { ...given, stranger: 1, materials: given.materials.map((entry) => ({ ...entry, stranger: 1 })) };
    expect(textileQuerySchema.parse(verbose)).toEqual(given);
  });

  it.each([
    [{ mass: '0.17' }, 'mass: attendu : une masse en kg (nombre) ; reçu : "0.17"'],
    [{ materials: { id: 'ei-coton' } }, 'materials: attendu : une liste de matières ; reçu : {"id":"ei-coton"}'],
    [{ materials: [null] }, 'materials.0: attendu : une matière (objet avec id et share) ; reçu : null'],
    [{ materials: [{ id: 'x', share: 1.1 }] }, 'materials.0.share: attendu : une part (nombre de 0 à 1) ; reçu : 1.1'],
    [{ product: 3 }, 'product: attendu : un identifiant de produit (texte) ; reçu : 3'],
    [{ countryMaking: ['FR'] }, 'countryMaking: attendu : un code de pays (texte) ; reçu : ["FR"]'],
    [
      { dyeingProcessType: 'Average' },
      'dyeingProcessType: attendu : un texte parmi average, continuous, discontinuous ; reçu : "Average"',
    ],
    [{ fading: 1 }, 'fading: attendu : un booléen ; reçu : 1'],
    [{ surfaceMass: 200.5 }, 'surfaceMass: attendu : un grammage entier en g/m² ; reçu : 200.5'],
    [{ printing: {} }, 'printing.kind: attendu : un texte parmi pigment, substantive ; reçu : rien'],
    [
      { printing: { kind: 'pigment', ratio: 0.81 } },
      'printing.ratio: attendu : une part de surface imprimée (nombre de 0 à 0,8) ; reçu : 0.81',
    ],
    [withTrim({ id: 'zip' }), 'trims.0.id: attendu : un UUID (versions 1 à 5) ; reçu : "zip"'],
    [
      withTrim({ id: '86b877ff-0d59-682f-bb34-3ff306b07496' }),
      'trims.0.id: attendu : un UUID (versions 1 à 5) ; reçu : "86b877ff-0d59-682f-bb34-3ff306b07496"',
    ],
    [withTrim({ quantity: 0 }), 'trims.0.quantity: attendu : une quantité entière d’au moins 1 ; reçu : 0'],
    [withTrim({ quantity: 1.5 }), 'trims.0.quantity: attendu : une quantité entière d’au moins 1 ; reçu : 1.5'],
    [withTrim({ custom: {} }), 'trims.0.custom.elements: attendu : une liste d’éléments ; reçu : rien'],
    [
      withTrim({ custom: { elements: [], scopes: ['shoe'] } }),
      'trims.0.custom.scopes.0: attendu : un texte parmi food, object, textile, veli ; reçu : "shoe"',
    ],
    [
      { yarnSize: '40 Nm' },
      'yarnSize: attendu : un titrage de fil (nombre en Nm, ou texte comme "40", "40Nm" ou "250Dtex") ; reçu : "40 Nm"',
    ],
    [
      { yarnSize: true },
      'yarnSize: attendu : un titrage de fil (nombre en Nm, ou texte comme "40", "40Nm" ou "250Dtex") ; reçu : true',
    ],
  ])('refuses %j, naming the field, what was expected and what was received', (fields, issue) => {
    expect(issuesOf(fields)).toEqual([issue]);
  });

  it.each([[undefined], [null], [[]], ['x'], [3], [true]])('refuses the body %j', (body) => {
    expect(textileQuerySchema.safeParse(body).success).toBe(false);
  });

  it('cuts what it repeats of a long value', () => {
    expect(issuesOf({ mass: 'x'.repeat(5_000) })[0]?.length).toBeLessThan(150);
  });

  it.each([
    ['[', ']', '[…]'],
    ['{"a":', '}', '{…}'],
  ])('only names a value that is nested too deeply to be repeated: %s…', (open, close, shown) => {
    const depth = 100_000;
    const value: unknown = JSON.parse(`${open.repeat(depth)}0${close.repeat(depth)}`);
    expect(issuesOf({ mass: value })).toEqual([`mass: attendu : une masse en kg (nombre) ; reçu : ${shown}`]);
  });

  it('describes itself as a JSON schema', () => {
    const { properties } = z.toJSONSchema(textileQuerySchema, { io: 'input' });
    expect(properties).toMatchObject({ surfaceMass: { type: ['integer', 'null'] }, mass: { type: 'number' } });
  });
});

describe('readYarnSizeText', () => {
  it.each([
    ['45', 45, 'Nm'],
    ['1e2', 100, 'Nm'],
    ['-5', -5, 'Nm'],
    ['.5', 0.5, 'Nm'],
    ['0X10', 16, 'Nm'],
    ['Infinity', Infinity, 'Nm'],
    ['40Nm', 40, 'Nm'],
    ['250Dtex', 250, 'Dtex'],
    ['12.50Nm', 50, 'Nm'],
    ['fil 34Nm', 34, 'Nm'],
    ['0x40Nm', 40, 'Nm'],
  ])('reads %j as %d %s', (text, value, unit) => {
    expect(readYarnSizeText(text)).toEqual({ value, unit });
  });

  it.each(['', ' ', '40 Nm', '40nm', '40NM', 'abc', '40Nm 50Nm', '40Nm/250Dtex', '0x10', '0b11', '0o7', ' 45', 'Nm'])(
    'does not read %j',
    (text) => {
      expect(readYarnSizeText(text)).toBeUndefined();
    },
  );
});

it('takes no time to refuse a long yarn size', () => {
  expect(readYarnSizeText(`x${'1'.repeat(500_000)}`)).toBeUndefined();
});

it('knows the 21 indicators', () => {
  expect(new Set(IMPACT_CODES).size).toBe(21);
  expect(impactCodeSchema.safeParse('etf_c').success).toBe(false);
});
