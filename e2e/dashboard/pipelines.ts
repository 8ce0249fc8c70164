import { describe, expect, it } from 'vitest';
import { checkPage, type DashboardStack } from './stack.js';

const RUN_TIMEOUT_MS = 60_000;

export function pipelinesSpecs(stack: () => DashboardStack): void {
  describe('pipelines', () => {
    it('starts a run with checked parameters and shows its tasks as they go, to the end', async () => {
      const view = await stack().view();
      const { page } = view;
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));
      await view.open('/pipelines');
      await page.getByRole('button', { name: 'Run now: Extraction' }).click();
      const dialog = page.getByRole('dialog', { name: 'Run Extraction' });
      await dialog.getByLabel('At most so many simulations').fill('0');
      await dialog.getByText('Expected a whole number from 1.').waitFor();
      expect(await dialog.getByRole('button', { name: 'Start the run' }).isDisabled()).toBe(true);
      await dialog.getByLabel('At most so many simulations').fill('40');
      await dialog.getByLabel('Only this product type').selectOption({ label: 'Jeans' });
      await dialog.getByRole('button', { name: 'Start the run' }).click();
      await page.waitForURL(/\/pipelines\?run=[0-9a-f-]{36}$/);
      const run = page.getByRole('region', { name: /^Extraction, / });
      await run.getByText('Asked for: Jeans and at most 40 simulations').waitFor();
      const summary = run.getByText('40 planned · 40 answered');
      await summary.waitFor({ timeout: RUN_TIMEOUT_MS });
      await run.getByText('succeeded').nth(5).waitFor({ timeout: RUN_TIMEOUT_MS });
      // One stream told of it: the page did not ask again and again.
      expect(asked.filter((path) => path.endsWith('/events'))).toHaveLength(1);
      expect(asked.filter((path) => path === '/orchestrator/pipelines').length).toBeLessThanOrEqual(4);
      expect(view.problems).toEqual([]);
      await view.close();
    });

    it('trains anew to the end, cancels a run, and pauses and resumes a schedule', async () => {
      const view = await stack().view();
      const { page } = view;
      await view.open('/pipelines');
      const startTraining = async () => {
        await page.getByRole('button', { name: 'Run now: Training' }).click();
        const dialog = page.getByRole('dialog', { name: 'Run Training' });
        await dialog.getByLabel('Even when nothing has changed').check();
        await dialog.getByRole('button', { name: 'Start the run' }).click();
      };
      await startTraining();
      const run = page.getByRole('region', { name: /^Training, / });
      await run.getByText(/^version 2 · /).waitFor({ timeout: RUN_TIMEOUT_MS });

      const training = page.getByRole('region', { name: 'Training', exact: true });
      await training.getByRole('button', { name: 'Pause the schedule: Training' }).click();
      await training.getByText('none while paused').waitFor();
      await training.getByRole('button', { name: 'Resume the schedule: Training' }).click();
      await training.getByRole('button', { name: 'Pause the schedule: Training' }).waitFor();

      await startTraining();
      await run.getByRole('button', { name: 'Cancel the run' }).click();
      await run.getByText('cancelled by a user').waitFor();
      await run.getByRole('button', { name: 'Retry' }).waitFor();
      expect(view.problems).toEqual([]);
      await view.close();
    }, 90_000);

    it('shows pipelines, a run and the history at both widths, light and dark, in both languages', async () => {
      const { place, view: open } = stack();
      const view = await open();
      await view.open('/pipelines');
      await view.page.locator('td .link-button').first().click();
      await view.page.waitForURL(/run=/);
      const path = view.page.url().slice(`${place.apiUrl}/dashboard`.length);
      await view.close();
      await checkPage(stack(), 'pipelines', path, async (page) => {
        await page.locator('.chart svg').first().waitFor();
        await page.locator('td .link-button').first().waitFor();
      });
    });
  });
}
