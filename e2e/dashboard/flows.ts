import { readFile } from 'node:fs/promises';
import { waitUntil } from '@ecobalyse/test-servers';
import { describe, expect, it } from 'vitest';
import { read, utils, type WorkSheet, write } from 'xlsx';
import type { DashboardStack } from './stack.js';

const PRODUCT = {
  mass: 0.21,
  materials: [{ id: 'ei-coton', share: 1 }],
  product: 'pull',
  countrySpinning: 'FR',
  countryFabric: 'FR',
  countryDyeing: 'FR',
  countryMaking: 'FR',
  fabricProcess: 'knitting-mix',
};

/** What a manager's system gives: a title, French headers, two of them its own words, names instead of ids. */
const EXPORT = [
  ['Export du 1er décembre'],
  ['Réf', 'Désignation', 'Modèle', 'Pesée', 'Matière 1', 'Matière 1 %', 'Pays de tissage', 'Teinture', 'Made in'],
  ['PE27-1', 'Col rond', 'T-shirt', 170, 'Coton', '100 %', 'Chine', 'Chine', 'Turquie'],
  ['PE27-2', 'Slim', 'Jeans', 620, 'Coton bio', '100 %', 'Inde', 'Inde', 'Inde'],
  ['PE27-3', 'Col V', 'T-shirt', 180, 'Cachemire', '100 %', 'France', 'France', 'France'],
];
/** What the first row of it describes. */
const GARMENT = {
  product: 'tshirt',
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1 }],
  ...{ countryFabric: 'CN', countryDyeing: 'CN', countryMaking: 'TR' },
};
const workbookOf = (rows: readonly (readonly unknown[])[]): Buffer => {
  const book = utils.book_new();
  utils.book_append_sheet(book, utils.aoa_to_sheet(rows.map((cells) => [...cells])), 'Feuil1');
  return write(book, { type: 'buffer' }) as Buffer;
};
const rowsOf = (file: Buffer): unknown[][] => {
  const { Sheets, SheetNames } = read(file, { type: 'buffer' });
  return utils.sheet_to_json(Sheets[SheetNames[0] as string] as WorkSheet, { header: 1 });
};

const scored = ({ api }: DashboardStack, query: object) => api.ask('POST /simulate', { body: query });

const shown = (points: number) => `${new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 }).format(points)} Pts`;

/** Whether the list of products begins above what is seen. */
const ABOVE_SCREEN = `document.querySelector('.table-scroll').getBoundingClientRect().top < 0`;

/** What readers come for, in the real thing from the page to the database. What pages compute and ask is tested beside them. */
export function flowSpecs(stack: () => DashboardStack): void {
  describe('flows', () => {
    it('is enlarged on a wall screen, where a chart still tells of the bar under the pointer, and is given as a table', async () => {
      const view = await stack().view({ size: 'wall' });
      const { page } = view;
      await view.open('/');
      const card = page.getByRole('region', { name: 'By country' });
      const name = card.locator('svg text').getByText('France', { exact: true });
      await name.waitFor();
      await card.scrollIntoViewIfNeeded();
      let height = 0;
      // The chart is drawn again when its size is known: its texts come and go.
      await waitUntil('the tooltip tells of France', async () => {
        const box = await name.boundingBox();
        if (!box) return false;
        height = box.height;
        await page.mouse.move(box.x + box.width + 60, box.y + height / 2);
        await page.mouse.move(box.x + box.width + 70, box.y + height / 2);
        return card.locator('b').getByText('France', { exact: true }).isVisible();
      });
      // Drawn at 12 px.
      expect(height).toBeGreaterThan(20);
      await card.getByRole('button', { name: 'Show as a table' }).click();
      await card.getByRole('row').filter({ hasText: 'France' }).waitFor();
      expect(await card.locator('svg text').count()).toBe(0);
      expect(view.problems).toEqual([]);
      await view.close();
    });

    it('turns to the next products at their beginning, and exports what was found', async () => {
      const view = await stack().view();
      const { page } = view;
      await view.open('/products?product=tshirt');
      await page.getByRole('heading', { name: '60 products' }).waitFor();
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByText('26 to 50 of 60').waitFor();
      // From the button at the end of the list to its beginning.
      expect(await page.getByRole('heading', { name: '60 products' }).isVisible()).toBe(true);
      expect(await page.evaluate(ABOVE_SCREEN)).toBe(false);
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Export as CSV' }).click(),
      ]);
      const lines = (await readFile(await file.path(), 'utf8')).trim().split('\n');
      expect(lines).toHaveLength(61);
      expect(lines.slice(1).every((line) => line.includes('tshirt'))).toBe(true);

      await page.getByLabel('Cost from').fill('99 999,5');
      await page.getByText('No product fits these filters').waitFor();
      const list = await page.getByRole('region', { name: '0 products' }).boundingBox();
      expect(list?.height).toBeLessThan(500);
      expect(view.problems).toEqual([]);
      await view.close();
    });

    it('scores as one types, marks a refused field, and saves once', async () => {
      const view = await stack().view();
      const { page } = view;
      await view.open('/score');
      const form = page.getByRole('region', { name: 'Description' });
      const cost = page.locator('.big-figure');
      await form.getByLabel('Product type', { exact: true }).selectOption('Jumper');
      await form.getByLabel('Mass', { exact: true }).fill('0');
      await form.getByText('Expected a mass above 0 kg.').waitFor();
      await page.getByText('Mend the fields marked in red').first().waitFor();
      await page.locator('.skeleton').first().waitFor({ state: 'detached' });
      await form.getByLabel('Mass', { exact: true }).fill('0.21');
      for (const step of ['Spinning', 'Fabric', 'Dyeing', 'Making'])
        await form.getByRole('combobox', { name: step, exact: true }).selectOption('France');

      const expected = await scored(stack(), PRODUCT);
      expect(expected.exists).toBe(false);
      await cost.getByText(shown(expected.ecs), { exact: true }).waitFor();
      await page.getByText(/with 90% confidence between/).waitFor();

      await page.getByRole('button', { name: 'Save to the database' }).click();
      await page.getByText('It was added to the database.').waitFor();
      expect((await scored(stack(), PRODUCT)).exists).toBe(true);
      await page.getByRole('link', { name: 'See the product' }).click();
      await page.waitForURL(new RegExp(`/dashboard/products/${expected.md5_id}$`));
      await page.getByText(shown(expected.ecs)).first().waitFor();
      await page.goBack();
      // The address kept the garment.
      await page.getByText('This garment is in the database already.').waitFor();
      expect(await form.getByLabel('Mass', { exact: true }).inputValue()).toBe('0.21');
      expect(view.problems.filter((problem) => !problem.includes('422'))).toEqual([]);
      await view.close();
    });

    it('estimates a half-described garment, says what to ask first, and gives the exact cost once nothing is missing', async () => {
      const view = await stack().view();
      const { page } = view;
      await view.open('/score');
      await page.locator('.big-figure').waitFor();
      const form = page.getByRole('region', { name: 'Description' });
      await form.getByRole('combobox', { name: 'Dyeing', exact: true }).first().selectOption('I don’t know');
      await form.getByRole('button', { name: 'Mass: I don’t know' }).click();
      const estimate = page.getByRole('region', { name: 'Estimate' });
      await estimate.getByText(/^between [\d,]+ Pts and [\d,]+ Pts$/).waitFor();
      await estimate.locator('.chart svg').waitFor();
      expect(await page.locator('.big-figure').count()).toBe(0);
      const questions = page.getByRole('region', { name: 'What to ask first' }).getByRole('listitem');
      // Those of the garment before may stand there still.
      await questions
        .first()
        .filter({ hasText: /^Ask for the mass: [\d,]+ points/ })
        .waitFor();
      // The address keeps what is unknown.
      await page.reload();
      await estimate.getByText(/^between/).waitFor();

      const { ecs } = await stack().api.ask('POST /estimate', {
        body: {
          product: 'tshirt',
          materials: [{ id: 'ei-coton', share: 1 }],
          fabricProcess: 'knitting-mix',
          countrySpinning: 'CN',
          countryFabric: 'CN',
          countryMaking: 'CN',
        },
      });
      await estimate.getByText(`between ${shown(ecs.min)} and ${shown(ecs.max)}`, { exact: true }).waitFor();

      await form.getByRole('button', { name: 'Mass: I don’t know' }).click();
      await form.getByLabel('Mass', { exact: true }).fill('0.17');
      await form.getByRole('combobox', { name: 'Dyeing', exact: true }).first().selectOption('China');
      await page.locator('.big-figure').waitFor();
      expect(await estimate.count()).toBe(0);
      expect(view.problems).toEqual([]);
      await view.close();
    });

    it('has an export with French headers mapped, scored under its references, corrected, exported, declared and undone', async () => {
      const view = await stack().view({ language: 'fr' });
      const { page } = view;
      const saved = async (act: () => Promise<void>) => {
        const [file] = await Promise.all([page.waitForEvent('download'), act()]);
        return readFile(await file.path());
      };
      const choose = (name: string, buffer: Buffer) =>
        page.getByLabel('Fichier de produits').setInputFiles({ name, mimeType: '', buffer });
      const start = (count: string) => page.getByRole('button', { name: `Évaluer et ajouter ${count}` }).click();
      await view.open('/score?mode=file');
      await choose('export-erp.xlsx', workbookOf(EXPORT));
      await page.getByText('Aucune colonne ne contient : Catégorie et Masse.').waitFor();
      await page.getByLabel('Ce que contient Modèle').selectOption({ label: 'Catégorie' });
      await page.getByLabel('Ce que contient Pesée').selectOption({ label: 'Masse' });
      await page.getByLabel('Unité d’une masse sans unité').selectOption({ label: 'Grammes (g)' });
      await page.getByLabel('Garder ces corrections sous le nom').fill('ERP');
      await page.getByRole('button', { name: 'Garder ces corrections' }).click();
      await page.getByText('Gardées sous « ERP ».').waitFor();
      await page.getByLabel('Nom du nouveau catalogue').fill('Printemps');
      await start('3 produits');

      const { ecs } = await scored(stack(), GARMENT);
      const row = page.getByRole('row').filter({ hasText: 'PE27-1' });
      await row.getByText(`${new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 0 }).format(ecs)} Pts`).waitFor();
      expect(await row.textContent()).toMatch(/Col rond.*\d+ %/);

      await page.getByRole('link', { name: 'Refusés (1)' }).click();
      await page.getByRole('cell', { name: /Cachemire/ }).waitFor();
      await page.getByRole('button', { name: 'Télécharger pour corriger' }).click();
      const refused = rowsOf(await saved(() => page.getByRole('button', { name: 'Excel (.xlsx)' }).click()));
      expect(refused).toHaveLength(2);
      const corrected = refused.map((cells) => cells.map((cell) => (cell === 'Cachemire' ? 'Laine' : cell)));
      await choose('corrections.xlsx', workbookOf(corrected));
      await page.getByLabel('Corrections gardées').selectOption('ERP');
      await page.getByLabel('Catalogue', { exact: true }).selectOption({ label: 'Printemps' });
      await start('1 produit');
      await page.getByRole('link', { name: 'Évalués (1)' }).waitFor();

      await page.getByRole('link', { name: 'Printemps' }).first().click();
      await page.getByRole('heading', { name: '3 produits' }).waitFor();
      await page.getByRole('button', { name: 'Exporter' }).click();
      const exported = rowsOf(await saved(() => page.getByRole('button', { name: 'Excel (.xlsx)' }).click()));
      expect(exported.map(([reference]) => reference)).toEqual(['Référence interne', 'PE27-1', 'PE27-2', 'PE27-3']);
      await page.getByRole('link', { name: 'Déclaration' }).click();
      await page.getByRole('button', { name: 'Télécharger la déclaration' }).click();
      const declared = await saved(() => page.getByRole('button', { name: 'CSV du portail' }).click());
      expect(declared.toString().trim().split('\n')).toEqual([
        expect.stringContaining('Référence interne'),
        ...['PE27-1', 'PE27-2', 'PE27-3'].map((reference) => expect.stringContaining(reference)),
      ]);

      await page.getByRole('link', { name: 'Modifications' }).click();
      await page.getByRole('button', { name: 'Annuler : Envoi export-erp.xlsx' }).click();
      await page.getByText('2 produits sont comme avant.').waitFor();
      await page.getByRole('link', { name: 'Produits' }).last().click();
      await page.getByRole('heading', { name: '1 produit', exact: true }).waitFor();
      expect(view.problems).toEqual([]);
      await view.close();
    });

    it('gives the focus back when a run is not started, and shows the tasks of one that is as they go, to the end', async () => {
      const view = await stack().view();
      const { page } = view;
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));
      await view.open('/pipelines');
      await page.getByRole('button', { name: 'Run now: Extraction' }).click();
      const dialog = page.getByRole('dialog', { name: 'Run Extraction' });
      await dialog.getByLabel('At most so many simulations').fill('0');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await waitUntil(
        'the button has the focus again',
        async () => (await page.evaluate('document.activeElement.ariaLabel')) === 'Run now: Extraction',
      );

      await page.keyboard.press('Enter');
      await dialog.getByLabel('At most so many simulations').fill('40');
      await dialog.getByLabel('Only this product type').selectOption({ label: 'Jeans' });
      await dialog.getByRole('button', { name: 'Start the run' }).click();
      await page.waitForURL(/\/pipelines\?run=[0-9a-f-]{36}$/);
      const run = page.getByRole('region', { name: /^Extraction, / });
      await run.getByText('Asked for: Jeans and at most 40 simulations').waitFor();
      const summary = run.getByText('40 planned · 40 answered');
      await summary.waitFor();
      // The run, and each of its five tasks with its attempt.
      await run.getByText('succeeded').nth(10).waitFor();
      // One stream told of it: the page did not ask again and again.
      expect(asked.filter((path) => path.endsWith('/events'))).toHaveLength(1);
      expect(asked.filter((path) => path === '/orchestrator/pipelines').length).toBeLessThanOrEqual(4);
      expect(view.problems).toEqual([]);
      await view.close();
    });
  });
}
