import { describe, expect, it } from 'vitest';
import { FIELD_COLUMNS, headerFieldOf, PRINTING_COLUMNS, TRIM_COLUMNS } from './csv-columns.js';
import { idsOf, NAMED, namesOf } from './names.js';

/**
 * Every name that files of brands give a column or a value, and what is understood by it: `testing/known-names.txt`. A name that
 * is lost, or that means something else from now on, shows there.
 */

const names = (text: string) => text.split('|').map((name) => name.trim());

it('names of columns and values are understood as ever', async () => {
  const columns = Object.entries({ ...FIELD_COLUMNS, ...PRINTING_COLUMNS, ...TRIM_COLUMNS }).map(
    ([field, [known]]) =>
      `${field}: ${names(known)
        .map((name) => (headerFieldOf(name) === field ? name : `${name} (${headerFieldOf(name)})`))
        .join(' | ')}`,
  );
  const values = NAMED.flatMap((named) =>
    namesOf(named).map(
      ([id, known]) =>
        `${named} ${id}: ${known.map((name) => (idsOf(named, name).join() === id ? name : `${name} (${idsOf(named, name)})`)).join(' | ')}`,
    ),
  );
  await expect(`${[...columns, ...values].join('\n')}\n`).toMatchFileSnapshot('testing/known-names.txt');
});

describe('a column of the second material', () => {
  const OF = {
    material2: ['Matière 2', 'material2', 'Fibre 2', 'fiber n° 2', 'Material 2 name', 'Nom matière 2', 'Matière 2 id'],
    material2Share: [
      'Matière 2 part',
      'Part 2',
      'share 2',
      'pct matière 2',
      '% matière 2',
      'Matière 2 (%)',
      'Taux matière 2',
    ],
    material2Country: [
      'Matière 2 origine',
      'Material 2 country of origin',
      'Pays de provenance matière 2',
      'material2Country',
    ],
    material2Spinning: ['Matière 2 filature', 'material2Spinning'],
  };
  it.each(Object.entries(OF).flatMap(([field, all]) => all.map((name) => [name, field])))('%s is %s', (name, field) => {
    expect(headerFieldOf(name)).toBe(field);
  });
});
