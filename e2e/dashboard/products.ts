import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { checkPage, type DashboardStack } from './stack.js';

/** The dearest T-shirt, as the API knows it. */
async function dearest({ api }: DashboardStack): Promise<{ md5_id: string; ecs: number }> {
  const { items } = await api.ask('GET /impacts', { query: { product: 'tshirt', sort: '-ecs', limit: 1 } });
  return items[0] as { md5_id: string; ecs: number };
}

/** Whether the list of products begins above what is seen. */
const ABOVE_SCREEN = `document.querySelector('.table-scroll').getBoundingClientRect().top < 0`;

export function productsSpecs(stack: () => DashboardStack): void {
  describe('products', () => {
    it('shows the table at both widths, light and dark, in both languages', async () => {
      await checkPage(stack(), 'products', '/products', (page) => page.locator('tbody tr').nth(24).waitFor());
    });

    it('shows a product at both widths, light and dark, in both languages', async () => {
      const { md5_id } = await dearest(stack());
      await checkPage(stack(), 'product', `/products/${md5_id}`, (page) => page.locator('.chart svg').nth(2).waitFor());
    });

    it('filters, sorts, pages and exports what was found, all in the address', async () => {
      const view = await stack().view();
      const { page } = view;
      await view.open('/products');
      await page.getByRole('heading', { name: '300 products' }).waitFor();
      await page.getByLabel('Product type', { exact: true }).selectOption('T-shirt / polo');
      await page.getByRole('heading', { name: '150 products' }).waitFor();
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByText('26 to 50 of 150').waitFor();
      // From the button at the end of the list to its beginning.
      expect(await page.getByRole('heading', { name: '150 products' }).isVisible()).toBe(true);
      expect(await page.evaluate(ABOVE_SCREEN)).toBe(false);
      await page.getByRole('button', { name: 'Mass' }).click();
      await page.getByText('1 to 25 of 150').waitFor();
      expect(new URL(page.url()).searchParams.toString()).toBe('product=tshirt&sort=mass');

      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByText('26 to 50 of 150').waitFor();
      await page.getByLabel('Cost from').fill('99 999,5');
      await page.getByText('No product fits these filters').waitFor();
      expect(new URL(page.url()).searchParams.toString()).toBe('product=tshirt&sort=mass&min_ecs=99999.5');
      const list = await page.getByRole('region', { name: '0 products' }).boundingBox();
      expect(list?.height).toBeLessThan(500);
      await page.getByLabel('Cost from').fill('many');
      await page.getByText('Expected a number such as 1250 or 0.25.').waitFor();
      await page.getByLabel('Cost from').fill('');
      await page.getByRole('heading', { name: '150 products' }).waitFor();

      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Export as CSV' }).click(),
      ]);
      const lines = (await readFile(await file.path(), 'utf8')).trim().split('\n');
      expect(lines).toHaveLength(151);
      expect(lines.slice(1).every((line) => line.includes('tshirt'))).toBe(true);

      await page.getByRole('button', { name: 'Clear the filters' }).click();
      await page.getByRole('heading', { name: '300 products' }).waitFor();
      expect(view.problems).toEqual([]);
      await view.close();
    });

    it('names the dearest and the cheapest product of a type, and draws the line of both', async () => {
      const view = await stack().view();
      const { page } = view;
      for (const [sort, rank] of [
        ['-ecs', 'The most expensive product of type “T-shirt / polo”.'],
        ['ecs', 'The least expensive product of type “T-shirt / polo”.'],
      ] as const) {
        await view.open(`/products?product=tshirt&sort=${sort}`);
        await page.locator('tbody a').first().click();
        await page.getByText(rank, { exact: true }).waitFor();
        const cost = (await page.locator('.figure-value').first().textContent()) ?? '';
        const place = page.getByRole('region', { name: 'Its place among its type' });
        await place.locator('svg text').getByText(cost, { exact: true }).waitFor();
      }
      expect(view.problems).toEqual([]);
      await view.close();
    });

    it('starts a change from the whole product: the origin of a material is kept', async () => {
      const product = {
        mass: 0.21,
        product: 'jupe',
        materials: [
          { id: 'ei-coton', share: 0.6, country: 'TR' },
          { id: 'ei-lin', share: 0.4 },
        ],
        countrySpinning: 'IN',
        countryFabric: 'TN',
        countryDyeing: 'TN',
        countryMaking: 'MA',
        fabricProcess: 'weaving',
      };
      const { api } = stack();
      const { md5_id, ecs } = await api.ask('POST /simulate', { body: product });
      await api.ask('POST /product', { body: product });
      const view = await stack().view();
      const { page } = view;
      await view.open(`/products/${md5_id}`);
      const whatIf = page.getByRole('region', { name: 'What if…' });
      const origins = whatIf.getByLabel('Country of origin');
      await origins.nth(1).waitFor();
      expect([await origins.first().inputValue(), await origins.nth(1).inputValue()]).toEqual(['TR', '']);
      await whatIf
        .getByText(`${new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 }).format(ecs)} Pts`)
        .first()
        .waitFor();
      await api.ask('DELETE /product', { query: { md5_id } });
      expect(view.problems).toEqual([]);
      await view.close();
    });

    it('works out what a change would do to a product, and stores nothing', async () => {
      const { md5_id } = await dearest(stack());
      const view = await stack().view();
      const { page } = view;
      await view.open(`/products/${md5_id}`);
      const whatIf = page.getByRole('region', { name: 'What if…' });
      await whatIf.getByText('No change yet').waitFor();
      const mass = Number(await whatIf.getByLabel('Mass', { exact: true }).inputValue());
      await whatIf.getByLabel('Mass', { exact: true }).fill(String(mass / 2));
      await whatIf.getByText(/^−.*\(−\d/).waitFor();
      await whatIf.getByLabel('Mass', { exact: true }).fill('-1');
      await whatIf.getByText('Expected a mass above 0 kg.').waitFor();
      await whatIf.getByRole('button', { name: 'As it was' }).click();
      await whatIf.getByText('No change yet').waitFor();
      // The refusals that the form asks for stand in the console as failed requests.
      expect(view.problems.filter((problem) => !problem.includes('422'))).toEqual([]);
      await view.close();
    });

    it('says that a product is not there, and where to look', async () => {
      const view = await stack().view();
      await view.open('/products/0123456789abcdef0123456789abcdef');
      await view.page.getByText('This product is not in the database').waitFor();
      await view.close();
    });
  });
}
