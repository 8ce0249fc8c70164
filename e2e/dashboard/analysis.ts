import { describe, expect, it } from 'vitest';
import { checkPage, type DashboardStack } from './stack.js';

export function analysisSpecs(stack: () => DashboardStack): void {
  describe('analysis', () => {
    it('shows every analysis at both widths, light and dark, in both languages', async () => {
      await checkPage(stack(), 'analysis', '/analysis', (page) => page.locator('.chart svg').nth(8).waitFor());
    });

    it('keeps product type, coefficient and components in the address', async () => {
      const view = await stack().view();
      const { page } = view;
      await view.open('/analysis');
      await page.getByLabel('Product type', { exact: true }).selectOption('jean');
      await page.getByRole('heading', { name: 'What drives the cost: Jeans' }).waitFor();
      await page.getByLabel('Coefficient', { exact: true }).selectOption('spearman');
      await page.getByLabel('Across', { exact: true }).selectOption('3');
      await page.waitForURL(/product=jean&method=spearman&x=3$/);
      await page.reload();
      const components = page.getByRole('region', { name: 'Components of the cost', exact: true }).first();
      await components.getByRole('button', { name: 'Show as a table' }).click();
      await components.getByRole('columnheader', { name: 'Component 3' }).waitFor();
      expect(await page.getByLabel('Coefficient', { exact: true }).inputValue()).toBe('spearman');
      // Both product types and every part of the cost that varies.
      expect(await components.getByRole('row').count()).toBeGreaterThan(8);
      expect(view.problems).toEqual([]);
      await view.close();
    });
  });
}
