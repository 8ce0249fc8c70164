import { listCountries, listFabrics, listMaterials, listProducts, listTrims } from '@ecobalyse/textile-method';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utils, write } from 'xlsx';
import { headerFieldOf, unreadHeaders } from './csv-columns.js';
import { idsOf, type Named, wordsOf } from './names.js';
import { type ReadOptions, readProducts } from './read-products.js';

/** Tables as brands have them: their own headers, words and numbers. */

async function* once(bytes: Buffer) {
  yield bytes;
}

/** Products, or the French messages of faults, by line. */
async function read(content: string | Buffer, ignored: string[] = []) {
  const items: [number, unknown][] = [];
  const options: ReadOptions = { onHeader: ({ columns }) => void ignored.push(...unreadHeaders(columns)) };
  for await (const item of readProducts(once(Buffer.from(content)), options)) {
    items.push([item.line, 'fault' in item ? item.message.fr : item.product]);
  }
  return items;
}
const workbook = (sheets: Readonly<Record<string, unknown[][]>>): Buffer => {
  const book = utils.book_new();
  for (const [name, rows] of Object.entries(sheets)) utils.book_append_sheet(book, utils.aoa_to_sheet(rows), name);
  return write(book, { type: 'buffer' });
};
/** The one product of a table with these columns. */
const one = async (columns: Readonly<Record<string, string>>, delimiter = ';') => {
  const all = { product: 'jean', mass: '0.5', material1: 'ei-coton', ...columns };
  const cells = Object.values(all).map((cell) => (cell.includes(delimiter) ? `"${cell}"` : cell));
  return (await read(`${Object.keys(all).join(delimiter)}\n${cells.join(delimiter)}\n`))[0]?.[1];
};

describe('headers and words', () => {
  it.each([
    ['Pays confection', 'countryMaking'],
    ['confection_pays', 'countryMaking'],
    ['Lieu de la confection', 'countryMaking'],
    ['Origin country', 'countryMaking'],
    ['Pays filature', 'countrySpinning'],
    ['Pays tricotage / tissage', 'countryFabric'],
    ['Tissage - origine', 'countryFabric'],
    ['Pays ennoblissement', 'countryDyeing'],
    ['Dyeing: country', 'countryDyeing'],
    ['Nom produit', 'name'],
    ['Référence du produit', 'reference'],
    ['Poids du produit (g)', 'mass'],
    ['Weight, net (g)', 'mass'],
    ['Type vêtement', 'product'],
    ['Produit : catégorie', 'product'],
    ['Nombre références', 'numberOfReferences'],
    ['Prix vente TTC', 'price'],
    ['Taux perte confection', 'makingWaste'],
    ['N° article', 'reference'],
    ['EAN code', 'gtins'],
    ['Garment weight (g)', 'mass'],
    ['Matière n°2', 'material2'],
    ['Fiber content', 'materials'],
    ['Provenance matière 1', 'material1Country'],
    ['Manufacturing country', 'countryMaking'],
    ['Pays ennoblissement / impression', 'countryDyeing'],
    ['Air freight %', 'airTransportRatio'],
    ['Prix public conseillé (€)', 'price'],
    ['Number of metal buttons', 'metalButtons'],
    // Another price, and another mass.
    ['Prix HT', undefined],
    ['Poids brut (g)', undefined],
    // One word alone, or one that several fields have, says too little.
    ['Made', undefined],
    ['Fabriqué', undefined],
    ['Pays', undefined],
    ['Origine', undefined],
    ['Pays de la ville', undefined],
  ])('%s is a header for %s, whatever the order of its words and the articles between them', (header, field) => {
    expect(headerFieldOf(header)).toBe(field);
  });

  it('may be French', async () => {
    const table = [
      'Référence interne;Catégorie;Poids (g);Matière 1;Matière 1 pourcentage;Matière 1 origine;Matière 2;Matière 2 pourcentage;Origine de filature;Origine de tissage/tricotage;Origine de l’ennoblissement/impression;Origine de confection;Remanufacturé;Nombre de références;Prix (en euros, TTC);Taille de l’entreprise;Part du transport aérien',
      'R1;Pull;550;Viscose;90,00 %;Chine;Jute;10,00 %;Chine;CHINE;cn;Chine;Non;9 000;100,00 €;Grande entreprise sans service de réparation;75 %',
    ];
    expect(await read(table.join('\r\n'))).toEqual([
      [
        2,
        {
          reference: 'R1',
          product: 'pull',
          mass: 0.55,
          materials: [
            { id: 'ei-viscose', share: 0.9, country: 'CN' },
            { id: 'ei-jute-kenaf', share: 0.1 },
          ],
          countrySpinning: 'CN',
          countryFabric: 'CN',
          countryDyeing: 'CN',
          countryMaking: 'CN',
          upcycled: false,
          numberOfReferences: 9000,
          price: 100,
          business: 'large-business-without-services',
          airTransportRatio: 0.75,
        },
      ],
    ]);
  });

  it('may be English', async () => {
    const table =
      'SKU,Product type,Weight (kg),Composition,Spinning country,Fabric country,Dyeing country,Made in,Price\nR1,Trousers,0.42,"98% organic cotton, 2% elastane",India,Turkey,Türkiye,Viet Nam,"€1,000.50"\n';
    expect(await read(table)).toEqual([
      [
        2,
        {
          reference: 'R1',
          product: 'pantalon',
          mass: 0.42,
          materials: [
            { id: 'ei-coton-organic', share: 0.98 },
            { id: 'elasthane', share: 0.02 },
          ],
          countrySpinning: 'IN',
          countryFabric: 'TR',
          countryDyeing: 'TR',
          countryMaking: 'VN',
          price: 1000.5,
        },
      ],
    ]);
  });

  it('may say where it was made, and shares, in few words', async () => {
    const table = 'Produit;Poids;Matière 1;Part 1;Matière 2;Part 2;Fabriqué en\nJupe;0,2;Lin;60 %;Coton;40 %;Tunisie\n';
    const materials = [
      { id: 'ei-lin', share: 0.6 },
      { id: 'ei-coton', share: 0.4 },
    ];
    expect(await read(table)).toEqual([[2, { product: 'jupe', mass: 0.2, materials, countryMaking: 'TN' }]]);
    const english = 'Category|Weight (g)|Fibre 1|Percent 1|Country of origin\nSkirt|200|Linen|100|Tunisia\n';
    const [linen] = [{ id: 'ei-lin', share: 1 }];
    expect(await read(english)).toEqual([[2, { product: 'jupe', mass: 0.2, materials: [linen], countryMaking: 'TN' }]]);
  });

  it.each<[Named, readonly { readonly id?: string; readonly code?: string; readonly name: string }[]]>([
    ['product', listProducts()],
    ['material', listMaterials()],
    ['country', listCountries()],
    ['fabricProcess', listFabrics()],
    ['trim', listTrims().filter(({ name }) => name !== 'Composant vide')],
  ])('are all that the method has names for: %s', (named, list) => {
    for (const { id, code, name } of list) {
      for (const text of [id ?? code ?? '', name, name.toUpperCase(), ` ${name.normalize('NFD')} `]) {
        expect([text, idsOf(named, text)]).toEqual([text, [id ?? code]]);
      }
      // The method speaks French, as the first of our words does; processes have shorter names with us.
      if (id !== 'elasthane' && named !== 'fabricProcess') expect(wordsOf(named, id ?? code ?? '')?.fr).toBe(name);
    }
  });

  it.each([
    ['9973088b-c929-4cc5-894a-1e4d28c161d4', 'elasthane'],
    ['49a0bec0-f9f3-42db-a514-a9dcf06a8969', 'ei-acrylique'],
    ['a09b2677-2900-4417-a202-e5f9a1abcce1', 'ei-jute-kenaf'],
    ['73ef624d-250e-4a9a-af5d-43505b21b527', 'ei-pp'],
    ['9dba0e95-0c35-4f8b-9267-62ddf47d4984', 'ei-pet'],
    ['8f44c680-1263-4588-b79b-a9e4dc3d8de4', 'ei-pet-r'],
    ['c84280ff-e921-4d5c-92d6-51030bf4f74e', 'ei-pa'],
    ['a52e486c-b67e-40af-8337-e8143cbf9076', 'ei-lin'],
    ['1fc3e17d-5661-429d-a150-7986eae16d9d', 'ei-laine-par-defaut'],
    ['72e29a61-52a9-4eb5-b3fc-5fb87edea041', 'ei-laine-nouvelle-filiere'],
    ['62a4d6fb-3276-4ba5-93a3-889ecd3bff84', 'ei-coton'],
    ['a1c1c2ec-33b1-49d6-bf8e-139e2eb7f097', 'ei-coton-organic'],
    ['0c1a4654-b030-4fe1-86b7-d96ce0b85bb8', 'ei-chanvre'],
    ['c087d394-5901-4b03-ba7a-7d4b0db0490c', 'ei-viscose'],
    ['457e9b0d-9eda-4dca-b199-deeb0a154fa9', 'coton-rdpc'],
    ['d3d20384-88fb-4c75-ac12-c647365ac6c5', 'coton-rdp'],
  ])('of version 8 of the method are ours: %s is %s', (uuid, id) => {
    expect(idsOf('material', uuid)).toEqual([id]);
  });

  it.each([
    ['product', 'Boxer', ['calecon', 'slip']],
    ['material', 'coton recyclé', ['coton-rdpc', 'coton-rdp']],
    ['material', 'Recycled Cotton', ['coton-rdpc', 'coton-rdp']],
    ['material', '9dba0e95-0c35-4f8b-9267-62ddf47d4984', ['ei-pet']],
    ['material', 'Soie', []],
    ['country', 'Région Asie', ['RAS']],
    ['country', '---', ['---']],
    ['product', '', []],
    ['product', '***', []],
    ['material', 'Coton / Lin', []],
    ['material', 'Coton recyclé / Recycled cotton', ['coton-rdpc', 'coton-rdp']],
    ['country', 'Chine, Inde', []],
    ['country', 'Chine (France)', []],
  ] as const)('that mean nothing or two things are not guessed: %s %s', (named, text, ids) => {
    expect(idsOf(named, text)).toEqual(ids);
  });

  it.each([
    ['country', 'Chine (CN)', 'CN'],
    ['country', 'VN - Viêt Nam', 'VN'],
    ['country', 'Myanmar (Birmanie)', 'MM'],
    ['country', "People's Republic of China", 'CN'],
    ['material', 'Coton (CO)', 'ei-coton'],
    ['material', 'Laine / Wool', 'ei-laine-par-defaut'],
    ['material', 'Polyester vierge', 'ei-pet'],
    ['product', 'Manteaux', 'manteau'],
    ['product', 'Tee-shirt (t-shirt)', 'tshirt'],
    ['product', 'Boxer / Slip', 'slip'],
  ] as const)('of several names are what all of them mean: %s %s is %s', (named, text, id) => {
    expect(idsOf(named, text)).toEqual([id]);
  });

  it.each(['Made in Turkey', 'fabriqué en Turquie', 'Turquie', 'TR - Turkey'])('%s is the country', async (cell) => {
    expect(await one({ Confection: cell })).toMatchObject({ countryMaking: 'TR' });
  });

  it.each([
    [{ product: 'Boxer' }, 'product : « Boxer » peut être calecon ou slip : écrivez lequel'],
    [
      { Confection: 'Portugal' },
      'Confection : « Portugal » n’est pas un pays de la méthode, qui compte sa région : écrivez REO',
    ],
    [
      { material2: 'Recycled cotton', mass: '0.1' },
      'material2 : « Recycled cotton » peut être coton-rdpc ou coton-rdp : écrivez lequel',
    ],
    [
      { product: 'Boxer', Prix: '1.500' },
      'product : « Boxer » peut être calecon ou slip : écrivez lequel ; Prix : « 1.500 » peut être 1.500 ou 1500 : écrivez-le sans séparateur',
    ],
  ])('%j are refused by the column', async (columns, message) => {
    expect(await one(columns)).toBe(message);
  });

  it('of two columns for one field, the surer one is read and the other told', async () => {
    const ignored: string[] = [];
    const table = 'Produit;Catégorie;Masse;Matière 1;Couleur\nPull Zoé;Pull;0,4;Coton;bleu\n';
    expect(await read(table, ignored)).toMatchObject([[2, { product: 'pull', mass: 0.4 }]]);
    expect(ignored).toEqual(['Produit', 'Couleur']);
    expect(await read('Masse;Masse (kg);Catégorie;Matière 1\n1;1;Jean;Coton\n')).toEqual([
      [1, 'colonnes répétées : Masse (kg)'],
    ]);
  });
});

describe('numbers', () => {
  it.each([
    ['mass', '0,25', ';', 0.25],
    ['mass', '0,25', ',', 0.25],
    ['mass', '0.25', ';', 0.25],
    ['mass', '170 g', ';', 0.17],
    ['mass', '0,17 kg', ';', 0.17],
    ['mass', '170g', ',', 0.17],
    ['mass', '1,234', ',', 1.234],
    ['mass', '1.234', ';', 1.234],
    ['mass', '0x10', ';', '0x10'],
    ['mass', 'lourd', ';', 'lourd'],
    ['price', '1 000,50 €', ';', 1000.5],
    ['price', '1\u202f000', ';', 1000],
    ['price', '12,5 euros', ';', 12.5],
    ['price', '1.234,50', ';', 1234.5],
    ['price', '1,234.50', ',', 1234.5],
    ['price', '1,500', ';', 1.5],
    ['price', '1.500', ',', 1.5],
    ['numberOfReferences', '1.500', ';', 1500],
    ['numberOfReferences', '1,500', ',', 1500],
    ['numberOfReferences', '1 200 000', ';', 1200000],
    ['airTransportRatio', '33 %', ';', 0.33],
    ['airTransportRatio', '33', ';', 0.33],
    ['airTransportRatio', '100', ';', 1],
    ['airTransportRatio', '1', ';', 1],
    ['airTransportRatio', '0,07', ';', 0.07],
    ['airTransportRatio', '7%', ';', 0.07],
    ['fading', 'Oui', ';', true],
    ['fading', 'n', ';', false],
    ['upcycled', 'x', ';', true],
    ['upcycled', 'peut-être', ';', 'peut-être'],
    ['disabledSteps', 'Utilisation, Fin de vie', ';', ['use', 'eol']],
    ['disabledSteps', 'use eol', ';', ['use', 'eol']],
  ])('%s %s in a file of "%s" is %j', async (column, cell, delimiter, value) => {
    expect(await one({ [column]: cell }, delimiter)).toMatchObject({ [column]: value });
  });

  it.each([
    [{ price: '1.500' }, ';', 'price : « 1.500 » peut être'],
    [{ price: '1,500' }, ',', 'price : « 1,500 » peut être'],
    [{ airTransportRatio: '1,5' }, ';', 'airTransportRatio : « 1,5 » peut être une part ou un pourcentage'],
  ])('%j may be two things', async (columns, delimiter, message) => {
    expect(await one(columns, delimiter)).toContain(message);
  });

  it('are grams where the header says so', async () => {
    const table = (mass: string) => `Type;Poids (g);Matière 1\nJean;${mass};Coton\n`;
    expect(await read(table('1500'))).toMatchObject([[2, { mass: 1.5 }]]);
    expect(await read(table('1,5 kg'))).toMatchObject([[2, { mass: 1.5 }]]);
    expect(await read(table('1.500'))).toEqual([[2, expect.stringContaining('peut être 1.500 ou 1500')]]);
  });

  it.each([
    [
      ['0,9', '0,1'],
      [0.9, 0.1],
    ],
    [
      ['90', '10'],
      [0.9, 0.1],
    ],
    [
      ['90 %', '10%'],
      [0.9, 0.1],
    ],
    [
      ['90', '9,5', '0,5'],
      [0.9, 0.095, 0.005],
    ],
    [['1'], [1]],
    [['100'], [1]],
    [['2'], [2]],
    [
      ['85', '10'],
      [0.85, 0.1],
    ],
    [['0,6'], [0.6]],
    [
      ['7 %', '93 %'],
      [0.07, 0.93],
    ],
    [['beaucoup'], ['beaucoup']],
  ])('shares %j are %j', async (cells, shares) => {
    const columns = Object.fromEntries(
      cells.flatMap((cell, index) => [
        [`material${index + 1}`, 'ei-coton'],
        [`material${index + 1}Share`, cell],
      ]),
    );
    expect(await one(columns)).toMatchObject({ materials: shares.map((share) => ({ id: 'ei-coton', share })) });
  });

  it.each([
    [['0,9', '10'], 'des parts de 1 et d’autres de 100'],
    [['0,9', '10 %'], 'des parts avec % et d’autres sans'],
  ])('shares %j are not guessed', async (cells, message) => {
    const columns = { material1Share: cells[0] as string, material2: 'ei-lin', material2Share: cells[1] as string };
    expect(await one(columns)).toContain(message);
  });

  it('are percent where the header says so', async () => {
    expect(
      await read('Type;Masse;Matière 1;Matière 1 %;Matière 2;% matière 2\nJean;0,5;Coton;99,5;Élasthanne;0,5\n'),
    ).toMatchObject([
      [
        2,
        {
          materials: [
            { id: 'ei-coton', share: 0.995 },
            { id: 'elasthane', share: 0.005 },
          ],
        },
      ],
    ]);
  });
});

describe('a composition in one cell', () => {
  it.each([
    [
      '95% coton, 5% élasthanne',
      [
        ['ei-coton', 0.95],
        ['elasthane', 0.05],
      ],
    ],
    [
      'Coton 66,7 %, PET 33,3 %',
      [
        ['ei-coton', 0.667],
        ['ei-pet', 0.333],
      ],
    ],
    [
      'Coton : 90% / Lin : 10%',
      [
        ['ei-coton', 0.9],
        ['ei-lin', 0.1],
      ],
    ],
    [
      '50% cotton 50% polyester',
      [
        ['ei-coton', 0.5],
        ['ei-pet', 0.5],
      ],
    ],
    ['100 % laine', [['ei-laine-par-defaut', 1]]],
    [
      '70 % de viscose - 30 % de polyamide',
      [
        ['ei-viscose', 0.7],
        ['ei-pa', 0.3],
      ],
    ],
    [
      '80% soie;20% lin',
      [
        ['soie', 0.8],
        ['ei-lin', 0.2],
      ],
    ],
    [
      'Coton 80% Polyester recyclé 20%',
      [
        ['ei-coton', 0.8],
        ['ei-pet-r', 0.2],
      ],
    ],
    [
      'coton (60 %) lin (40 %)',
      [
        ['ei-coton', 0.6],
        ['ei-lin', 0.4],
      ],
    ],
    [
      '80%coton20%polyester',
      [
        ['ei-coton', 0.8],
        ['ei-pet', 0.2],
      ],
    ],
    [
      '70 pour cent laine 30 percent nylon',
      [
        ['ei-laine-par-defaut', 0.7],
        ['ei-pa', 0.3],
      ],
    ],
    [
      '90％ cotton, 10 pct. linen',
      [
        ['ei-coton', 0.9],
        ['ei-lin', 0.1],
      ],
    ],
    ['[{"id":"ei-lin","share":1}]', [['ei-lin', 1]]],
  ])('%s', async (cell, parts) => {
    const table = `Type,Weight,Composition\nShirt,0.2,"${cell.replaceAll('"', '""')}"\n`;
    expect(await read(table)).toEqual([
      [2, { product: 'chemise', mass: 0.2, materials: parts.map(([id, share]) => ({ id, share })) }],
    ]);
  });

  it.each(['Coton', 'coton, lin', '65/35 polyester/coton', '90% coton, élasthanne'])(
    '%s lacks percentages',
    async (cell) => {
      const [item] = await read(`Type;Poids;Composition\nChemise;0,2;${cell}\n`);
      expect(item?.[1]).toContain('attendu un pourcentage et une matière');
    },
  );
});

describe('a material with its percentage in one cell', () => {
  it.each([
    ['material1;material2', '80 % coton;Polyester recyclé 20%', [0.8, 0.2]],
    ['material1', '100% coton', [1]],
    ['material1;material1Share', '100% coton;100', [1]],
    ['material1;material1Share;material2;material2Share', '90% coton;;lin;10 %', [0.9, 0.1]],
  ])('%s: %s', async (header, cells, shares) => {
    const [item] = await read(`product;mass;${header}\njean;0,5;${cells}\n`);
    expect(item?.[1]).toMatchObject({
      materials: shares.map((share) => ({ id: expect.stringMatching(/^ei-/), share })),
    });
  });

  it('is refused where its column of shares says something else', async () => {
    const [item] = await read('product;mass;material1;Part 1\njean;0,5;80 % coton;90 %\n');
    expect(item?.[1]).toBe('Part 1 : une matière est à 80 % dans sa cellule et autrement dans sa colonne de part');
  });
});

it.each(['3,61E+12', '3.61E+12', '3611111111117;3,61e+12'])('a barcode number %s has lost digits', async (cell) => {
  expect(await one({ EAN: cell })).toContain('a perdu ses chiffres');
});

describe('trims in columns', () => {
  it.each([
    [
      ['2', '', '1', ''],
      [
        ['0c903fc7-279b-4375-8cfa-ca8133b8e973', 2],
        ['86b877ff-0d59-482f-bb34-3ff306b07496', 1],
      ],
    ],
    [['0', '', '', ''], []],
    [['', '', '', ''], undefined],
  ])('%j', async (cells, trims) => {
    const header =
      'Type;Masse;Matière 1;Quantité de bouton en métal; Quantité de bouton en plastique; Quantité de zip long; Quantité de zip court';
    const [item] = await read(`${header}\nJean;0,5;Coton;${cells.join(';')}\n`);
    expect(item).toBeDefined();
    const [, product] = item as [number, { trims?: unknown }];
    expect(product.trims).toEqual(trims?.map(([id, quantity]) => ({ id, quantity })));
  });
});

it.each([1, 2, 3, 4])('the kind of trim that is told in the place %i needs no other column', async (rank) => {
  const header = `Type;Masse;Matière 1;Accessoire ${rank};Accessoire ${rank} quantité`;
  const trims = [{ id: '86b877ff-0d59-482f-bb34-3ff306b07496', quantity: 2 }];
  expect(await read(`${header}\nJean;0,5;Coton;Zip long;2\n`)).toMatchObject([[2, { trims }]]);
});

describe('what stands above the header', () => {
  it('is passed over: titles, blank rows, other separators', async () => {
    const table =
      'Collection PE27, toutes les références\n\n;;\nExport du 12/11/2026;;\nType;Masse;Matière 1\nJean;0,5;Coton\n';
    expect(await read(table)).toEqual([[6, { product: 'jean', mass: 0.5, materials: [{ id: 'ei-coton' }] }]]);
  });

  it('is told when there is no header below it', async () => {
    expect(await read('Collection\nfoo;bar\n')).toEqual([[1, expect.stringContaining('ce ne sont pas des produits')]]);
    expect(await read('Collection\nMasse;foo\n1;2\n')).toEqual([
      [
        2,
        'colonnes absentes : product, material1 (la première ligne donne le nom des colonnes ; un modèle : /files/template de l’API, ou « ecobalyse template »)',
      ],
    ]);
    const titles = Array.from({ length: 21 }, () => 'title').join('\n');
    expect(await read(`${titles}\nType;Masse;Matière 1\nJean;0,5;Coton\n`)).toEqual([[1, expect.any(String)]]);
    expect(await read(`${titles.slice(6)}\nType;Masse;Matière 1\nJean;0,5;Coton\n`)).toMatchObject([
      [22, { product: 'jean' }],
    ]);
  });
});

describe('a workbook', () => {
  const HEADER = ['Référence', 'Catégorie', 'Masse (kg)', 'Matière 1', 'Part matière 1', 'Prix'];

  it('is read as its cells are: numbers, percent, texts, formulas, empty rows', async () => {
    const sheet = utils.aoa_to_sheet([
      ['Collection'],
      [],
      HEADER,
      [1234, 'Jean', 0.5, 'Coton', 1, 1.5],
      [],
      ['R2', 'Pull', '0,4', 'Laine', 0.9, '1 000,00 €'],
    ]);
    sheet.E4 = { t: 'n', v: 1, z: '0%' };
    sheet.E6 = { t: 'n', v: 0.07, z: '0.00%' };
    sheet.C6 = { t: 'n', v: 1.234, f: 'A1+1' };
    const book = utils.book_new();
    utils.book_append_sheet(book, utils.aoa_to_sheet([['Lisez-moi'], ['rien ici']]), 'Notice');
    utils.book_append_sheet(book, sheet, 'Produits');
    expect(await read(write(book, { type: 'buffer' }))).toEqual([
      [4, { reference: '1234', product: 'jean', mass: 0.5, materials: [{ id: 'ei-coton', share: 1 }], price: 1.5 }],
      [
        6,
        {
          reference: 'R2',
          product: 'pull',
          mass: 1.234,
          materials: [{ id: 'ei-laine-par-defaut', share: 0.07 }],
          price: 1000,
        },
      ],
    ]);
  });

  it('has one sheet of products; another one is told, not lost', async () => {
    const rows = [HEADER, ['R1', 'Jean', 0.5, 'Coton', 1, 10]];
    expect(await read(workbook({ A: rows, B: rows }))).toEqual([
      [2, expect.objectContaining({ reference: 'R1' })],
      [1, expect.stringContaining('la feuille « B » a aussi des produits')],
    ]);
  });

  it.each(['xlsx', 'ods', 'biff8'] as const)('may be of the type %s', async (bookType) => {
    const sheet = utils.aoa_to_sheet([HEADER, ['Été', 'Jupe', 0.2, 'Lin', 0.8, 10]]);
    sheet.E2 = { t: 'n', v: 0.8, z: '0%' };
    const book = utils.book_new();
    utils.book_append_sheet(book, sheet, 'Produits');
    expect(await read(write(book, { type: 'buffer', bookType }))).toEqual([
      [2, { reference: 'Été', product: 'jupe', mass: 0.2, materials: [{ id: 'ei-lin', share: 0.8 }], price: 10 }],
    ]);
  });

  it.each([
    ['0" g"', 200, 0.2],
    ['0.00" kg"', 0.25, 0.25],
    ['0.00 "€"', 0.3, 0.3],
    // Excel takes 1.5 for the first of May.
    ['d-mmm', 46143, '1-May'],
  ])('has a mass in the format %s as it shows it', async (z, v, mass) => {
    const sheet = utils.aoa_to_sheet([HEADER, ['R1', 'Jean', v, 'Coton', 1, 10]]);
    sheet.C2 = { t: 'n', v, z };
    const book = utils.book_new();
    utils.book_append_sheet(book, sheet, 'A');
    expect(await read(write(book, { type: 'buffer' }))).toMatchObject([[2, { mass }]]);
  });

  it('of Excel 95, whose letters may be any, is to be saved anew', async () => {
    const book = utils.book_new();
    utils.book_append_sheet(book, utils.aoa_to_sheet([HEADER]), 'A');
    const bytes = write(book, { type: 'buffer', bookType: 'biff5' });
    expect(await read(bytes)).toEqual([[1, expect.stringContaining('ne peut pas être lu')]]);
  });

  it('tells texts of merged cells for each of their rows, and no number', async () => {
    const sheet = utils.aoa_to_sheet([
      ['Collection', null, null, null, null],
      ['Catégorie', 'Masse (kg)', 'Matière 1', 'Prix', 'Nombre de références'],
      ['Jean', 0.5, 'Coton', '10 €', 100],
      [null, 0.6, 'Lin', null, null],
      ['Pull', 0.4, 'Laine', 20, 200],
      // No row of a product, though the cell beside it reaches over it.
      [],
      [null, 0.3, 'Lin', null, null],
    ]);
    const merge = (column: number, first: number, last: number) => ({
      s: { r: first, c: column },
      e: { r: last, c: column },
    });
    sheet['!merges'] = [
      { s: { r: 0, c: 0 }, e: { r: 0, c: 3 } },
      merge(0, 2, 3),
      merge(3, 2, 3),
      merge(4, 2, 3),
      merge(0, 4, 99_999),
    ];
    const book = utils.book_new();
    utils.book_append_sheet(book, sheet, 'A');
    const [first, second, third, ...others] = await read(write(book, { type: 'buffer' }));
    expect(others).toEqual([[7, { product: 'pull', mass: 0.3, materials: [{ id: 'ei-lin' }] }]]);
    expect(first).toMatchObject([3, { product: 'jean', mass: 0.5, price: 10, numberOfReferences: 100 }]);
    expect(second).toEqual([4, { product: 'jean', mass: 0.6, materials: [{ id: 'ei-lin' }] }]);
    expect(third).toMatchObject([5, { product: 'pull' }]);
  });

  it('is what somebody sees of it: a hidden sheet comes last', async () => {
    const book = utils.book_new();
    const sheet = (reference: string) => utils.aoa_to_sheet([HEADER, [reference, 'Jean', 0.5, 'Coton', 1, 10]]);
    utils.book_append_sheet(book, sheet('old'), 'Archive');
    utils.book_append_sheet(book, sheet('new'), 'Produits');
    book.Workbook = { Sheets: [{ Hidden: 1 }, { Hidden: 0 }] };
    expect(await read(write(book, { type: 'buffer' }))).toMatchObject([
      [2, { reference: 'new' }],
      [1, expect.stringContaining('la feuille « Archive » a aussi des produits')],
    ]);
  });

  it.each([
    ['without products', workbook({ A: [['foo'], ['bar']] }), 'ce ne sont pas des produits'],
    [
      'that is broken',
      Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), Buffer.alloc(100, 7)]),
      'ne peut pas être lu',
    ],
  ])('%s says why', async (_, bytes, message) => {
    expect(await read(bytes)).toEqual([[1, expect.stringContaining(message)]]);
  });

  it('that would unpack to more than memory holds is refused', async () => {
    const bytes = workbook({ A: [HEADER] });
    bytes.writeUInt32LE(0xffffffff, bytes.indexOf('PK\x01\x02', 0, 'latin1') + 24);
    expect(await read(bytes)).toEqual([[1, expect.stringContaining('trop grand')]]);
  });
});

it('numbers are read back whatever French or English spreadsheet wrote them', async () => {
  const number = fc.integer({ min: 1, max: 99_999_999 }).map((n) => n / 10_000);
  const forms = fc.constantFrom(
    (n: number) => [String(n), ','],
    (n: number) => [String(n).replace('.', ','), ';'],
    (n: number) => [String(n).replace('.', ','), '\t'],
    (n: number) => [`${n.toFixed(4)} kg`, ','],
    (n: number) => [`${n.toFixed(4).replace('.', ',')} kg`, ';'],
    (n: number) => [
      n
        .toFixed(4)
        .replace('.', ',')
        .replace(/(?<=\d)(?=(\d{3})+,)/g, '\u202f'),
      ';',
    ],
  );
  await fc.assert(
    fc.asyncProperty(number, forms, async (n, form) => {
      const [cell, delimiter] = form(n) as [string, string];
      expect(await one({ mass: cell }, delimiter)).toMatchObject({ mass: n });
    }),
    { seed: 19, numRuns: 300 },
  );
});
