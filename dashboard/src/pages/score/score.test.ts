import { PREDICTION_FIELDS, textileQuerySchema } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import {
  CATALOGUE,
  CATALOGUES,
  ESTIMATE,
  IMPACTS,
  PREDICTION,
  REFERENCE,
  SIMULATION,
  STATISTICS,
} from '../../testing/answers.js';
import { failure, openBrowser } from '../../testing/browser.js';

const browser = openBrowser();
const ANSWERS = { ...REFERENCE, ...IMPACTS, ...STATISTICS, 'POST /simulate': SIMULATION, 'POST /predict': PREDICTION };
const sent = (request: string) =>
  browser.requests.flatMap((name, at) => (name.startsWith(request) ? [JSON.parse(browser.bodies[at] ?? '')] : []));
const refused = (...fields: readonly (readonly (string | number)[])[]) =>
  failure(
    422,
    fields.map((field) => ({ loc: ['body', ...field], msg: `refusé ${field.join('.')}`, type: 'value' })),
  );

describe('a garment', () => {
  it('is scored, predicted and put into the address once the typing pauses', async () => {
    await browser.visit('/score', ANSWERS);
    expect(browser.address()).toBe('/score');
    await browser.type('Mass', '0.25');
    await browser.pass(249);
    expect(sent('POST /simulate')).toHaveLength(1);
    await browser.pass(1);
    expect(sent('POST /simulate')[1]).toMatchObject({ mass: 0.25, product: 'tshirt' });
    expect(sent('POST /predict')).toEqual(sent('POST /simulate'));
    const address = location.pathname.replace('/dashboard', '') + location.search;
    expect(JSON.parse(new URLSearchParams(location.search).get('garment') ?? '')).toMatchObject({ mass: 0.25 });
    await browser.visit(address, ANSWERS);
    expect(browser.value('Mass')).toBe('0.25');
    await browser.press('Start anew');
    await browser.pass(250);
    expect([browser.address(), browser.value('Mass')]).toEqual(['/score', '0.17']);
  });

  it.each([
    ['en', 'Mass', '0.17', '0.25'],
    ['fr', 'Masse', '0,17', '0,25'],
  ] as const)(
    'has its mass read with a comma and with a point (%s), and shown as the language has it',
    async (language, label, first, left) => {
      for (const typed of ['0,25', '0.25', ',250']) {
        await browser.visit('/score', ANSWERS, { language });
        expect(browser.value(label)).toBe(first);
        await browser.type(label, typed);
        await browser.pass(250);
        expect(sent('POST /simulate').at(-1)).toMatchObject({ mass: 0.25 });
        expect(browser.value(label)).toBe(typed);
        await browser.leave(label);
        expect(browser.value(label)).toBe(left);
      }
    },
  );

  it('is a new one where the address cannot be read', async () => {
    await browser.visit('/score?garment={', ANSWERS);
    expect(browser.value('Mass')).toBe('0.17');
  });

  it('takes the usual fabric of another product type', async () => {
    await browser.visit('/score', ANSWERS);
    await browser.choose('Product type', 'manteau');
    await browser.pass(250);
    expect(sent('POST /simulate')[1]).toMatchObject({ product: 'manteau', fabricProcess: 'weaving' });
    expect(browser.requests).toContain(
      'GET /impacts/distribution?product=manteau&catalogue=reference-grid&bins=200&method_version=7.0.0',
    );
  });

  it('gets a second material with what is left, and says when shares are not 100 %', async () => {
    await browser.visit('/score', ANSWERS);
    await browser.type('Share', '99.95');
    expect(browser.texts('fieldset .notice')).toEqual([]);
    await browser.type('Share', '99.94');
    expect(browser.texts('fieldset .notice')).toEqual([expect.stringContaining('add up to 99.9%')]);
    await browser.type('Share', '70');
    expect(browser.texts('fieldset .notice')).toEqual([expect.stringContaining('add up to 70%')]);
    await browser.press('Add a material');
    await browser.pass(250);
    expect(sent('POST /simulate').at(-1)).toMatchObject({
      materials: [
        { id: 'ei-coton', share: 0.7 },
        { id: 'ei-pet', share: 0.3 },
      ],
    });
    await browser.press('Remove this material');
    await browser.pass(250);
    expect(sent('POST /simulate').at(-1).materials).toEqual([{ id: 'ei-pet', share: 0.3 }]);
  });

  it('has trims of its own, and stages that do not count', async () => {
    await browser.visit('/score', ANSWERS);
    const tick = (label: string) => browser.press(label, 'label.checkbox');
    await tick('As usual for the product type');
    await browser.press('Add a trim');
    await browser.type('Quantity', '3');
    await tick('Use');
    await tick('Faded');
    await browser.pass(250);
    expect(sent('POST /simulate').at(-1)).toMatchObject({
      trims: [{ id: 'bouton', quantity: 3 }],
      disabledSteps: ['use'],
      fading: true,
    });
    await tick('Use');
    await browser.press('Remove this trim');
    await browser.pass(250);
    expect(sent('POST /simulate').at(-1)).toMatchObject({ trims: [] });
    expect(sent('POST /simulate').at(-1).disabledSteps).toBeUndefined();
  });

  it.each([
    [['mass'], 'Expected a mass above 0 kg.'],
    [['materials'], 'Expected at least one known material with its share.'],
    [['materials', 0, 'share'], 'Expected a share from 0 to 100%.'],
    [['airTransportRatio'], 'Expected a share from 0 to 100%.'],
    [['makingWaste'], 'Expected a share from 0 to 40%.'],
    [['makingDeadStock'], 'Expected a share from 0 to 30%.'],
    [['numberOfReferences'], 'Expected a whole number from 1 to 999,999.'],
    [['physicalDurability'], 'Expected a coefficient from 0.67 to 1.45.'],
    [['price'], 'Expected a price from €1 to €1,000.'],
    [['surfaceMass'], 'Expected a whole number from 80 to 500 g/m².'],
    [['yarnSize'], 'Expected a size from 9 to 200 Nm, such as 40, 40Nm or 250Dtex.'],
    [['countryMaking'], 'refusé countryMaking'],
  ])('says in its field what was refused: %j', async (field, text) => {
    await browser.visit('/score', { ...ANSWERS, 'POST /simulate': refused(field) });
    expect(browser.texts('.field-error')).toEqual([text]);
    expect(browser.text('.result-figure')).toBe('Mend the fields marked in red to see the cost.');
    expect(sent('POST /predict')).toEqual([]);
  });

  it('says of the whole what is no field', async () => {
    await browser.visit('/score', { ...ANSWERS, 'POST /simulate': refused([]) });
    expect(browser.text('.result-figure')).toBe('refusé');
  });

  it.each([
    [1100, 'The exact cost lies within the interval.'],
    [1099, 'The exact cost lies outside the interval.'],
    [1200, 'The exact cost lies within the interval.'],
    [1201, 'The exact cost lies outside the interval.'],
  ])('of %i Pts is compared with its prediction', async (ecs, text) => {
    await browser.visit('/score', { ...ANSWERS, 'POST /simulate': { ...SIMULATION, ecs } });
    expect(browser.text('.sub-section')).toContain(text);
  });

  const NAMES = {
    en: 'Product type, Mass, Spinning, Fabric, Dyeing, Making, Fabric process, By plane, Stages that count, Kind of business, Making complexity, Number of references, Physical durability, Price, Surface mass, Materials, Odd, Material, Share, Material, Share',
    fr: 'Type de produit, Masse, Filature, Étoffe, Ennoblissement, Confection, Procédé d’étoffe, Par avion, Étapes comptées, Type d’entreprise, Complexité de confection, Nombre de références, Durabilité physique, Prix, Grammage, Matières, Odd, Matière, Part, Matière, Part',
  };
  it.each(['en', 'fr'] as const)('is warned about by the names of its fields in %s', async (language) => {
    const fields = [...Object.keys(PREDICTION_FIELDS), 'Materials', 'Odd'];
    for (const rank of [1, 2]) fields.push(`MaterialId_${rank}`, `MaterialId_${rank}_share`);
    const warnings = fields.map((field) => ({ code: 'missing-field', field }));
    await browser.visit('/score', { ...ANSWERS, 'POST /predict': { ...PREDICTION, warnings } }, { language });
    const told = browser
      .texts('.sub-section li')
      .map((text) => text.replace(/ (is not given|n’est pas renseigné)$/, ''));
    expect(told.join(', ')).toBe(NAMES[language]);
  });

  it.each([
    [499, 'No product of type “T-shirt / polo” in the reference grid costs less.'],
    [500.4, 'Costs more than 0% of the products of type “T-shirt / polo” in the reference grid.'],
    [1499.6, 'Costs more than 99% of the products of type “T-shirt / polo” in the reference grid.'],
    [1501, 'No product of type “T-shirt / polo” in the reference grid costs more.'],
  ])('of %d Pts has its place', async (ecs, text) => {
    await browser.visit('/score', { ...ANSWERS, 'POST /simulate': { ...SIMULATION, ecs } });
    expect(browser.text('.result-figure')).toContain(text);
  });

  it('has no place among none', async () => {
    const none = { ...IMPACTS['GET /impacts/distribution'], count: 0, min: null, max: null, bins: [] };
    await browser.visit('/score', { ...ANSWERS, 'GET /impacts/distribution': none });
    expect(browser.text('.result-figure')).toContain(
      'The reference grid has no product of this type by this version of the method to compare with.',
    );
  });

  it('is saved once, and asked about again', async () => {
    await browser.visit('/score', { ...ANSWERS, 'POST /product': { message: 'added' } }, { role: 'writer' });
    await browser.press('Save to the database');
    expect(sent('POST /product')).toEqual(sent('POST /simulate').slice(0, 1));
    expect(sent('POST /simulate')).toHaveLength(2);
    expect(browser.text('.save')).toContain('It was added to the database. See the product');
    expect(browser.button('Save to the database').disabled).toBe(true);
  });

  it.each([
    ['reader', false, 'Your key may not save products: it needs the role “writer”.'],
    ['writer', true, 'This garment is in the database already. See the product'],
  ] as const)('is not saved by a %s when exists is %s', async (role, exists, text) => {
    await browser.visit('/score', { ...ANSWERS, 'POST /simulate': { ...SIMULATION, exists } }, { role });
    expect(browser.button('Save to the database').disabled).toBe(true);
    expect(browser.text('.save [role=status]')).toBe(text);
  });
});

describe('a product of a catalogue', () => {
  const path = `/catalogues/${CATALOGUE.id}/products/own-1`;
  const garment = JSON.stringify({ product: 'tshirt', mass: 0.2, materials: [{ id: 'ei-coton', share: 1 }] });
  const address = `/score?garment=${encodeURIComponent(garment)}&catalogue=${CATALOGUE.id}&product=own-1`;

  it('gets the description of the form, without what it had before, and keeps the rest', async () => {
    await browser.visit(address, { ...ANSWERS, ...CATALOGUES, [`PATCH ${path}`]: { status: 'changed' } });
    await browser.press('Save as the description of TS-1');
    const [body] = sent(`PATCH ${path}`);
    expect(body).toMatchObject({ product: 'tshirt', mass: 0.2, price: null, fading: null });
    expect(Object.keys(body)).not.toContain('name');
    expect(browser.text('.save')).toContain('TS-1 is described so now. See the product');
    expect(browser.all('.save a').map((link) => link.getAttribute('href'))).toEqual([`/dashboard${path}`]);
    expect(sent('POST /product')).toEqual([]);
  });

  it('says why it cannot be', async () => {
    await browser.visit(address, { ...ANSWERS, ...CATALOGUES, [`PATCH ${path}`]: failure(409, 'not now') });
    await browser.press('Save as the description of TS-1');
    expect(browser.text('.save')).toContain('not now');
    await browser.visit(address, { ...ANSWERS, ...CATALOGUES }, { role: 'reader' });
    expect(browser.button('Save as the description of TS-1').disabled).toBe(true);
  });
});

describe('a garment that is half known', () => {
  const ANY = { any: true };
  const UNKNOWN = 'I don’t know';
  const HALF = { ...ANSWERS, 'POST /estimate': ESTIMATE };
  /** Names of the switches beside what has no list of choices. */
  const switches = () =>
    browser
      .all('form button')
      .map((button) => button.getAttribute('aria-label') ?? '')
      .filter((name) => name.endsWith(UNKNOWN));

  it('may be so in every field', async () => {
    await browser.visit('/score', HALF);
    const { Event } = document.defaultView as typeof globalThis & Window;
    for (const select of browser.all<HTMLSelectElement>('form select')) {
      select.value = '?';
      select.dispatchEvent(new Event('change', { bubbles: true }));
      await browser.settled();
    }
    const fibre = { id: ANY, share: 1, country: ANY, spinning: ANY };
    await browser.pass(250);
    expect(sent('POST /estimate').at(-1).materials).toEqual([fibre]);
    for (const name of switches()) await browser.press(name);
    await browser.pass(250);
    // Which stages count is a choice of the reader.
    const { disabledSteps, ...fields } = textileQuerySchema.shape;
    expect(sent('POST /estimate').at(-1)).toEqual(Object.fromEntries(Object.keys(fields).map((field) => [field, ANY])));
    expect(disabledSteps).toBeDefined();
  });

  it('offers no half of a trim', async () => {
    await browser.visit('/score', HALF);
    await browser.press('As usual for the product type', 'label.checkbox');
    await browser.press('Add a trim');
    expect(switches()).not.toContain(`Quantity: ${UNKNOWN}`);
    expect(browser.texts('form .entry option').filter((text) => text === UNKNOWN)).toHaveLength(3);
  });

  it('has an estimate, with what to ask first, exactly while something is missing', async () => {
    await browser.visit('/score', HALF);
    expect(sent('POST /estimate')).toEqual([]);
    await browser.press(`Mass: ${UNKNOWN}`);
    await browser.pass(250);
    expect(sent('POST /estimate')).toEqual([expect.objectContaining({ mass: ANY, product: 'tshirt' })]);
    expect([sent('POST /simulate').length, sent('POST /predict').length]).toEqual([1, 1]);
    expect(browser.text('.estimate-figure')).toBe('between 400 Pts and 3,000 Pts');
    expect(browser.texts('.questions li')).toEqual(ESTIMATE.ask.slice(0, 8).map(({ words }) => words.en));
    expect(browser.text('.sticky-results')).toMatch(/publish 1,771 Pts .* declare 878\.7 Pts/);
    expect(browser.chart('').table.rows.map((row) => Object.values(row as object).at(-1))).toEqual([
      400, 500, 1000, 2000, 3000,
    ]);
    await browser.press(`Mass: ${UNKNOWN}`);
    await browser.type('Mass', '0.2');
    await browser.pass(250);
    expect(browser.all('.estimate-figure')).toEqual([]);
    expect(browser.text('.big-figure')).toBe('1,200 Pts');
    expect(sent('POST /estimate')).toHaveLength(1);
  });
});
