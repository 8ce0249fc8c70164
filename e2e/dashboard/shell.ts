import { waitUntil } from '@ecobalyse/test-servers';
import { describe, expect, it } from 'vitest';
import { firstLoadBytes } from './bundle-budget.js';
import { type DashboardStack, KEY } from './stack.js';

const FIRST_LOAD_BUDGET_BYTES = 300 * 1024;
/** What our own pages weigh without charts: far below the budget, so that a slip shows. */
const SHELL_BUDGET_BYTES = 40 * 1024;

export function shellSpecs(stack: () => DashboardStack): void {
  describe('shell', () => {
    it('keeps its first load small', async () => {
      const { shell, withCharts } = await firstLoadBytes();
      expect(shell).toBeLessThan(SHELL_BUDGET_BYTES);
      expect(withCharts).toBeLessThan(FIRST_LOAD_BUDGET_BYTES);
    });

    it('sends its files compressed, to be kept for ever, and the page with a strict policy', async () => {
      const { apiUrl } = stack().place;
      const page = await fetch(`${apiUrl}/dashboard/products/some.product`);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('content-security-policy')).toContain("script-src 'self';");
      const html = await page.text();
      expect(html).not.toMatch(/<script(?![^>]* src=)/);
      const script = /src="(\/dashboard\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? '';
      const file = await fetch(`${apiUrl}${script}`, { headers: { 'accept-encoding': 'br' } });
      expect(file.headers.get('content-encoding')).toBe('br');
      expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect((await fetch(`${apiUrl}/dashboard/assets/none.js`)).status).toBe(404);
      expect((await fetch(`${apiUrl}/dashboard/..%2f..%2fpackage.json`)).headers.get('content-type')).toMatch(/html/);
    });

    it('asks for the key once, refuses a wrong one, never puts it into an address, and forgets it; keeps language and theme', async () => {
      const view = await stack().view({ isNew: true });
      const { page } = view;
      const addresses: string[] = [];
      page.on('request', (request) => addresses.push(request.url()));
      await view.open('/products?product=jean');
      await page.getByLabel('API key').fill('not-the-key');
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByText('This key is not known to the platform.').waitFor();
      await page.getByLabel('API key').fill(KEY);
      await page.keyboard.press('Enter');
      // It goes on to the page that was asked for.
      await page.getByRole('heading', { name: '60 products' }).waitFor();
      await page.getByRole('button', { name: 'Français' }).click();
      await page.getByRole('heading', { name: '60 produits' }).waitFor();
      await page.getByRole('button', { name: 'Thème sombre' }).click();
      await page.reload();
      await page.getByRole('heading', { name: '60 produits' }).waitFor();
      expect(await page.evaluate('[document.documentElement.lang, document.documentElement.dataset.theme]')).toEqual([
        'fr',
        'dark',
      ]);
      expect(addresses.filter((address) => address.includes(KEY))).toEqual([]);
      expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain(KEY);
      await page.getByRole('button', { name: 'Se déconnecter' }).click();
      await page.getByLabel('Clé d’API').waitFor();
      expect(await page.evaluate('sessionStorage.length')).toBe(0);
      await view.close();
    });

    it('can be worked by keyboard: skip link, navigation, and a menu on the phone', async () => {
      const view = await stack().view({ size: 'phone' });
      const { page } = view;
      await view.open('/score?mode=file');
      await page.getByRole('heading', { name: 'Score a product' }).waitFor();
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
      await page.getByRole('button', { name: 'Menu' }).press('Enter');
      await page.getByRole('link', { name: 'Products', exact: true }).press('Enter');
      await page.getByRole('heading', { name: 'Products', level: 1 }).waitFor();
      await waitUntil(
        'the heading has the focus',
        async () => (await page.evaluate('document.activeElement.tagName')) === 'H1',
      );
      expect(await page.getByRole('button', { name: 'Menu' }).getAttribute('aria-expanded')).toBe('false');
      expect(view.problems).toEqual([]);
      await view.close();
    });
  });
}
