import { waitUntil } from '@ecobalyse/test-servers';
import { describe, expect, it } from 'vitest';
import { checkPage, type DashboardStack } from './stack.js';

/** After the specs of the pipelines, which train a second version. */
export function modelsSpecs(stack: () => DashboardStack): void {
  describe('models', () => {
    it('shows versions and how one was judged at both widths, light and dark, in both languages', async () => {
      await checkPage(stack(), 'models', '/models', async (page) => {
        await page.locator('.chart svg').nth(3).waitFor();
        await page.locator('.chart canvas').nth(1).waitFor();
      });
    });

    it('puts a version into production after asking, and not when the reader thinks better of it', async () => {
      const view = await stack().view();
      const { page } = view;
      await view.open('/models');
      await page.getByRole('button', { name: 'Version 2' }).click();
      await page.waitForURL(/\?version=2$/);
      const header = page.getByRole('region', { name: /^Version 2 · / });
      await header.getByRole('button', { name: 'Put into production' }).click();
      const dialog = page.getByRole('dialog', { name: 'Put version 2 into production?' });
      await dialog.getByText('It replaces version 1').waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await waitUntil(
        'the button has the focus again',
        async () => (await page.evaluate('document.activeElement.textContent')) === 'Put into production',
      );

      await header.getByRole('button', { name: 'Put into production' }).click();
      await dialog.getByRole('button', { name: 'Put into production' }).click();
      await page.getByText('Version 2 is in production.').waitFor();
      await header.getByText('in production', { exact: true }).waitFor();
      // What the training decided is told as its past.
      await header.getByText(/put into production by hand · at its training: /).waitFor();
      const rows = page.getByRole('row');
      await rows.filter({ hasText: 'Version 1' }).getByText('candidate').waitFor();
      expect(view.problems).toEqual([]);
      await view.close();
    });
  });
}
