import { describe, expect, it } from 'vitest';
import { checkPage, type DashboardStack } from './stack.js';

export function overviewSpecs(stack: () => DashboardStack): void {
  describe('overview', () => {
    it('shows figures and charts at both widths, light and dark, in both languages', async () => {
      await checkPage(stack(), 'overview', '/', async (page) => {
        await page.getByText(/^300$/).first().waitFor();
        await page.locator('.chart svg').nth(3).waitFor();
        await page.getByText('Extraction', { exact: true }).waitFor();
      });
    });

    it('is enlarged on a wall screen, where a chart still tells of the bar under the pointer', async () => {
      const view = await stack().view({ size: 'wall' });
      const { page } = view;
      await view.open('/');
      const card = page.getByRole('region', { name: 'By country' });
      const name = card.locator('svg text').getByText('France', { exact: true });
      const { x, y, width, height } = (await name.boundingBox()) as {
        x: number;
        y: number;
        width: number;
        height: number;
      };
      // Drawn at 12 px.
      expect(height).toBeGreaterThan(20);
      await page.mouse.move(x + width + 60, y + height / 2);
      await page.mouse.move(x + width + 70, y + height / 2);
      await card.locator('b').getByText('France', { exact: true }).waitFor();
      expect(view.problems).toEqual([]);
      await view.close();
    });

    it('gives a chart as a table, and keeps the choice of country in the address', async () => {
      const view = await stack().view();
      const { page } = view;
      await view.open('/');
      const card = page.getByRole('region', { name: 'What makes up the cost' });
      await card.getByRole('button', { name: 'Show as a table' }).click();
      await card.getByRole('columnheader', { name: 'Raw materials' }).waitFor();
      expect(await card.getByRole('row').count()).toBe(4);

      await page.getByLabel('Country of').selectOption('Spinning');
      await page.waitForURL(/\?by=country_spinning$/);
      await page.reload();
      expect(await page.getByLabel('Country of').inputValue()).toBe('country_spinning');
      expect(view.problems).toEqual([]);
      await view.close();
    });
  });
}
