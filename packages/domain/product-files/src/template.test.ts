import { buffer } from 'node:stream/consumers';
import { inflateRawSync } from 'node:zlib';
import { LANGUAGES } from '@ecobalyse/schema';
import { simulateTotals } from '@ecobalyse/textile-method';
import { describe, expect, it } from 'vitest';
import { read, utils, type WorkSheet } from 'xlsx';
import { type HeaderReading, unreadHeaders } from './csv-columns.js';
import { idsNamed, idsOf } from './names.js';
import { readProducts } from './read-products.js';
import { TEMPLATE_FORMATS, writeTemplate } from './template.js';

const EXAMPLE = {
  reference: 'REF-001',
  product: 'tshirt',
  mass: 0.17,
  materials: [
    { id: 'ei-coton', share: 0.95, country: 'TR' },
    { id: 'elasthane', share: 0.05 },
  ],
  countrySpinning: 'TR',
  countryFabric: 'TR',
  countryDyeing: 'TR',
  countryMaking: 'TN',
  fabricProcess: 'knitting-mix',
  price: 30,
  numberOfReferences: 2000,
  business: 'small-business',
  upcycled: false,
};

describe.each(LANGUAGES)('the template in %s', (language) => {
  it.each(TEMPLATE_FORMATS)('as %s is read by us, and its example is scored', async (format) => {
    const file = await buffer(writeTemplate(format, language));
    const items: unknown[] = [];
    let unread: string[] = ['?'];
    async function* once() {
      yield file;
    }
    const onHeader = ({ columns }: HeaderReading) => {
      unread = unreadHeaders(columns);
    };
    for await (const item of readProducts(once(), { onHeader })) items.push('product' in item ? item.product : item);
    const name = language === 'fr' ? 'T-shirt col rond' : 'Crew neck T-shirt';
    expect([items, unread]).toEqual([[{ ...EXAMPLE, name }], []]);
    expect(simulateTotals(items[0]).ecs).toBeGreaterThan(0);
  });

  it('offers every name of each kind, which we read as one id', async () => {
    const file = await buffer(writeTemplate('xlsx', language));
    const book = read(file, { type: 'buffer' });
    const [products, choices] = book.SheetNames;
    expect([products, choices]).toEqual(language === 'fr' ? ['Produits', 'Valeurs'] : ['Products', 'Values']);
    const rows = utils.sheet_to_json<string[]>(book.Sheets[choices as string] as WorkSheet, { header: 1 });
    const column = (header: string) => {
      const at = (rows[0] ?? []).indexOf(header);
      return rows.slice(1).flatMap((row) => row[at] ?? []);
    };
    const [materials, countries] =
      language === 'fr' ? ['Matières', 'Pays et régions'] : ['Materials', 'Countries and regions'];
    expect(
      column(materials as string)
        .flatMap((name) => idsOf('material', name))
        .sort(),
    ).toEqual([...idsNamed('material')].sort());
    expect(
      column(countries as string)
        .flatMap((name) => idsOf('country', name))
        .sort(),
    ).toEqual([...idsNamed('country')].sort());
  });

  it('has the choices in the cells', async () => {
    const file = await buffer(writeTemplate('xlsx', language));
    const xml = entriesOf(file).find((text) => text.includes('<dataValidation ')) ?? '';
    const name = language === 'fr' ? 'Valeurs' : 'Values';
    expect(xml).toContain(
      `sqref="D2:D1001"><formula1>${name}!$A$2:$A$${idsNamed('product').length + 1}</formula1></dataValidation>`,
    );
    expect(xml.match(/<dataValidation /g)).toHaveLength(16);
    expect(xml).toContain('state="frozen"');
  });
});

/** What the files of a ZIP archive hold. */
function entriesOf(archive: Buffer): string[] {
  const texts: string[] = [];
  const head = Buffer.from('PK\x01\x02', 'latin1');
  for (let at = archive.indexOf(head); at >= 0; at = archive.indexOf(head, at + 4)) {
    const start = archive.readUInt32LE(at + 42);
    const from = start + 30 + archive.readUInt16LE(start + 26) + archive.readUInt16LE(start + 28);
    texts.push(inflateRawSync(archive.subarray(from, from + archive.readUInt32LE(at + 20))).toString());
  }
  return texts;
}
