import { describe, expect, it } from 'vitest';
import { checkPage, type DashboardStack } from './stack.js';

export function statisticsSpecs(stack: () => DashboardStack): void {
  describe('statistics', () => {
    it('shows the five tables at both widths, light and dark, in both languages', async () => {
      await checkPage(stack(), 'statistics', '/statistics', async (page) => {
        await page.locator('.chart svg').nth(2).waitFor();
        await page.locator('.inline-bar').nth(9).waitFor();
      });
    });

    it('switches the impact in the address, says which are not covered, and gives the figures as a table', async () => {
      const view = await stack().view();
      const { page } = view;
      await view.open('/statistics?impact=pef');
      const boxes = page.getByRole('region', { name: 'PEF single score by product type (Pts)' });
      await boxes.getByRole('button', { name: 'Show as a table' }).click();
      await boxes.getByRole('columnheader', { name: 'Upper bound' }).waitFor();
      expect(await boxes.getByRole('row').count()).toBe(3);
      const impact = page.getByLabel('Impact', { exact: true });
      expect(await impact.locator('option').count()).toBe(21);
      await impact.selectOption('cch');
      await page.waitForURL(/impact=cch/);
      await page.getByText('No product has the impact “Climate change”').waitFor();
      await view.close();
    });

    it('leads from the ranking to a product', async () => {
      const view = await stack().view();
      const { page } = view;
      await view.open('/statistics?product=jean&ranking=lowest');
      const ranking = page.getByRole('region', { name: 'Ranking', exact: true });
      await ranking.getByRole('row').nth(20).waitFor();
      await ranking.getByRole('link', { name: 'Jeans' }).first().click();
      await page.waitForURL(/\/products\/[0-9a-f]{32}$/);
      expect(view.problems).toEqual([]);
      await view.close();
    });
  });
}
