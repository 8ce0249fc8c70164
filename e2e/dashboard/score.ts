import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { checkPage, type DashboardStack } from './stack.js';

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

const scored = ({ api }: DashboardStack, query: object) => api.ask('POST /simulate', { body: query });

const shown = (points: number) => `${new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 }).format(points)} Pts`;

export function scoreSpecs(stack: () => DashboardStack): void {
  describe('score a product', () => {
    it('shows the form and the score at both widths, light and dark, in both languages', async () => {
      await checkPage(stack(), 'score', '/score', async (page) => {
        await page.locator('.chart svg').waitFor();
        await page.locator('.big-figure').waitFor();
        await page.locator('.save button').waitFor();
      });
    });

    it('shows the upload at both widths, light and dark, in both languages', async () => {
      await checkPage(stack(), 'score-file', '/score?mode=file', (page) => page.locator('#products-file').waitFor());
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
      expect(await questions.first().textContent()).toMatch(/^Ask for the mass: [\d,]+ points/);
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

    it('shows an estimate at both widths, light and dark, in both languages', async () => {
      const garment = {
        product: 'tshirt',
        mass: { any: true },
        materials: { any: true },
        countryMaking: 'BD',
        countryDyeing: { any: true },
      };
      await checkPage(
        stack(),
        'score-estimate',
        `/score?garment=${encodeURIComponent(JSON.stringify(garment))}`,
        async (page) => {
          await page.locator('.questions li').first().waitFor();
          await page.locator('.chart svg').waitFor();
        },
      );
    });

    it('reads a decimal comma and a decimal point in either language, and shows the language’s own', async () => {
      const { ecs } = await scored(stack(), {
        mass: 0.25,
        materials: [{ id: 'ei-coton', share: 1 }],
        product: 'tshirt',
        countrySpinning: 'CN',
        countryFabric: 'CN',
        countryDyeing: 'CN',
        countryMaking: 'CN',
        fabricProcess: 'knitting-mix',
      });
      for (const [language, label, first, left] of [
        ['en', 'Mass', '0.17', '0.25'],
        ['fr', 'Masse', '0,17', '0,25'],
      ] as const) {
        const view = await stack().view({ language });
        const { page } = view;
        const cost = new Intl.NumberFormat(`${language}-${language === 'en' ? 'GB' : 'FR'}`, {
          maximumFractionDigits: 0,
        });
        for (const typed of ['0,25', '0.25', ',250']) {
          await view.open('/score');
          const mass = page.getByLabel(label, { exact: true });
          await mass.waitFor();
          expect(await mass.inputValue()).toBe(first);
          await mass.fill('');
          await mass.pressSequentially(typed);
          await page
            .locator('.big-figure')
            .getByText(`${cost.format(ecs)} Pts`, { exact: true })
            .waitFor();
          expect(await mass.inputValue()).toBe(typed);
          await mass.blur();
          expect(await mass.inputValue()).toBe(left);
        }
        await view.close();
      }
    });

    it('uploads a batch with two bad lines, follows it, and shows which lines and why', async () => {
      const lines = [
        ...Array.from({ length: 8 }, (_, at) => ({ ...PRODUCT, mass: 0.3 + at / 100 })),
        { ...PRODUCT, mass: -1 },
        { ...PRODUCT, product: 'cape' },
      ];
      const view = await stack().view();
      const { page } = view;
      await view.open('/score?mode=file');
      await page.getByLabel('File of products').setInputFiles({
        name: 'spring.ndjson',
        mimeType: 'application/x-ndjson',
        buffer: Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n')),
      });
      await page.getByRole('button', { name: 'Score and add them' }).click();
      const job = page.getByRole('region', { name: 'spring.ndjson' });
      await job.getByText('10 of 10 products').waitFor();
      await job.getByRole('heading', { name: 'Lines that were refused' }).waitFor();
      const rows = job.locator('tbody tr');
      await rows.first().waitFor();
      expect(await rows.count()).toBe(2);
      expect(await rows.first().locator('td').first().textContent()).toBe('9');
      expect(await rows.last().locator('td').first().textContent()).toBe('10');
      expect(await job.locator('.figure-value').allTextContents()).toEqual(['8', '0', '2', '0']);

      const [file] = await Promise.all([
        page.waitForEvent('download'),
        job.getByRole('button', { name: 'Download the result' }).click(),
      ]);
      expect((await readFile(await file.path(), 'utf8')).trim().split('\n')).toHaveLength(10);
      expect(view.problems).toEqual([]);
      await view.close();
    });

    it('refuses a file of another kind before it is sent', async () => {
      const view = await stack().view();
      const { page } = view;
      await view.open('/score?mode=file');
      await page
        .getByLabel('File of products')
        .setInputFiles({ name: 'products.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from('x') });
      await page.getByText('Expected a file whose name ends in').waitFor();
      expect(await page.getByRole('button', { name: 'Score and add them' }).isDisabled()).toBe(true);
      await view.close();
    });
  });
}
