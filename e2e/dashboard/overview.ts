import { waitUntil } from '@ecobalyse/test-servers';
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

      await page.getByLabel('Country of', { exact: true }).selectOption('Spinning');
      await page.waitForURL(/\?by=country_spinning$/);
      await page.reload();
      expect(await page.getByLabel('Country of', { exact: true }).inputValue()).toBe('country_spinning');
      expect(view.problems).toEqual([]);
      await view.close();
    });
  });
}
