import { describe, expect, it } from 'vitest';
import { type Format, makeFormat } from './make-format.js';

const FORMATS = [makeFormat('en', 'en-GB'), makeFormat('fr', 'fr-FR')] as const;
/** In both languages; the many spaces that do not break are written as plain ones. */
const both = (write: (f: Format) => string) => FORMATS.map((f) => write(f).replace(/[\u00a0\u202f\u2009]/g, ' '));
/** By patterns: editions of the language data of Node.js differ in plurals and spaces of units. */
const like = (...patterns: string[]) => patterns.map((pattern) => expect.stringMatching(new RegExp(`^${pattern}$`)));

describe('formats', () => {
  it.each<[string, (f: Format) => string, string, string]>([
    ['a large number whole', (f) => f.number(1234.5678), '1,235', '1 235'],
    ['a number with four digits', (f) => f.number(12.34567), '12.35', '12,35'],
    ['a number with the digits that are asked for', (f) => f.number(0.123456, 3), '0.123', '0,123'],
    ['a very small number by its power', (f) => f.number(0.000012345), '1.235E-5', '1,235E-5'],
    ['zero', (f) => f.number(0), '0', '0'],
    ['what is no number', (f) => f.number(Number.NaN), '–', '–'],
    ['a fit', (f) => f.fit(0.974_612_34), '0.974612', '0,974612'],
    ['a fit that six digits just tell from 1', (f) => f.fit(0.999_999), '0.999999', '0,999999'],
    ['a fit that they would call 1', (f) => f.fit(0.999_999_6), '0.9999996', '0,9999996'],
    ['a fit that is 1 but for the last digit', (f) => f.fit(1 - 2 ** -53), '0.9999999999999999', '0,9999999999999999'],
    ['a perfect fit', (f) => f.fit(1), '1', '1'],
    ['a fit that is worse than the mean', (f) => f.fit(-69.8), '-69.8', '-69,8'],
    ['no fit', (f) => f.fit(Number.NaN), '–', '–'],
    ['a count', (f) => f.integer(7108), '7,108', '7 108'],
    ['a cost', (f) => f.points(1857.4), '1,857 Pts', '1 857 Pts'],
    ['a mass in grams', (f) => f.mass(0.17), '170 ?g', '170 g'],
    ['a mass just below a kilogram', (f) => f.mass(0.999), '999 ?g', '999 g'],
    ['a mass from a kilogram', (f) => f.mass(1), '1 ?kg', '1 kg'],
    ['a mass in kilograms', (f) => f.mass(1.4), '1.4 ?kg', '1,4 kg'],
    ['a share', (f) => f.percent(0.255), '26%', '26 %'],
    ['a share with decimals', (f) => f.percent(0.2554, 1), '25.5%', '25,5 %'],
    ['a share that its decimals would lose', (f) => f.percent(0.000_004_2, 3), '0.0004%', '0,0004 %'],
    ['a share that they just keep', (f) => f.percent(0.000_005, 3), '0.001%', '0,001 %'],
    ['no share', (f) => f.percent(0, 3), '0%', '0 %'],
    ['a value with its unit', (f) => f.withUnit(12.5, 'kg CO₂ eq'), '12.5 kg CO₂ eq', '12,5 kg CO₂ eq'],
    ['a date', (f) => f.date('2026-11-30T10:00:00Z'), '30 Nov 2026', '30 nov. 2026'],
    ['a time', (f) => f.time(new Date(2026, 10, 30, 9, 5, 7).toISOString()), '09:05:07', '09:05:07'],
    ['milliseconds', (f) => f.duration(87), '87 ?ms', '87 ms'],
    ['no time', (f) => f.duration(0), '0 secs?', '0 s'],
    ['seconds', (f) => f.duration(5400), '5.4 secs?', '5,4 s'],
    ['whole seconds', (f) => f.duration(42_300), '42 secs?', '42 s'],
    ['minutes', (f) => f.duration(125_000), '2 mins? 5 secs?', '2 min 5 s'],
    ['most of two minutes', (f) => f.duration(100_000), '1 min 40 secs?', '1 min 40 s'],
    ['what is nearly two minutes', (f) => f.duration(119_700), '2 mins? 0 secs?', '2 min 0 s'],
    ['what is nearly a minute', (f) => f.duration(59_700), '1 min 0 secs?', '1 min 0 s'],
    ['a figure with its name', (f) => f.pair('Mean', f.points(5)), 'Mean: 5 Pts', 'Mean : 5 Pts'],
    ['a list', (f) => f.list(['a', 'b', 'c']), 'a, b and c', 'a, b et c'],
    ['a country', (f) => f.country('MA'), 'Morocco', 'Maroc'],
    ['what is no country', (f) => f.country('XYZ'), 'XYZ', 'XYZ'],
  ])('write %s', (_, write, english, french) => {
    expect(both(write)).toEqual(like(english, french));
  });

  it.each([
    [-30_000, '30 secs? ago', 'il y a 30 s'],
    [-5 * 60_000, '5 mins? ago', 'il y a 5 min'],
    [3 * 3_600_000, 'in 3 hrs?', 'dans 3 h'],
    [-86_400_000, 'yesterday', 'hier'],
  ])('write what is %d ms from now', (distance, english, french) => {
    const now = Date.UTC(2026, 10, 30, 12);
    expect(both((f) => f.relative(new Date(now + distance).toISOString(), now))).toEqual(like(english, french));
  });

  it.each([
    ['REO', 'Western Europe', 'Europe de l’Ouest'],
    ['REE', 'Eastern Europe', 'Europe de l’Est'],
    ['RAS', 'Asia', 'Asie'],
    ['RAF', 'Africa', 'Afrique'],
    ['RME', 'Middle East', 'Moyen-Orient'],
    ['RLA', 'Latin America', 'Amérique latine'],
    ['RNA', 'North America', 'Amérique du Nord'],
    ['ROC', 'Oceania', 'Océanie'],
    ['---', 'Unknown country', 'Pays inconnu'],
  ])('name the region %s', (code, english, french) => {
    expect(both((f) => f.country(code))).toEqual([english, french]);
  });
});
