import { describe, expect, it } from 'vitest';
import type { DashboardStack } from './stack.js';

const EXTRACT = 'Run the pipeline “Extraction” to fill the database';
const COMPUTE = 'Run the pipeline “Statistics and training”';
const NO_MODEL = 'Run the pipeline “Training”: it needs at least 100 products';

/** What a page says when there is nothing to show, and what it tells to do about it. */
const FRESH: readonly (readonly [path: string, ...texts: string[]])[] = [
  ['/', EXTRACT, COMPUTE, 'has not run yet'],
  ['/products', EXTRACT],
  ['/catalogues', 'You have no catalogue yet', 'Make one for a season or a brand'],
  [
    '/score',
    'The reference grid has no product of this type',
    'No model has been trained yet. Run the pipeline “Training”.',
  ],
  ['/score?mode=file', 'No file has been uploaded yet'],
  ['/statistics', COMPUTE, 'There are no products of this type'],
  ['/analysis', EXTRACT],
  ['/analysis?tab=grid', COMPUTE],
  ['/models', NO_MODEL],
  ['/pipelines', 'There are no such runs', 'not run yet'],
];

/** Before anything was extracted. */
export function freshSpecs(stack: () => DashboardStack): void {
  describe('a fresh platform', () => {
    it('says on every page what to do first', async () => {
      const view = await stack().view();
      await view.open('/score?mode=file');
      for (const [path, ...texts] of FRESH) {
        await view.go(path);
        for (const text of texts) await view.page.getByText(text).first().waitFor();
        expect(await view.page.getByRole('alert').count(), path).toBe(0);
        // What is not there yet stands in the console as a failed request.
        expect(view.problems.filter((problem) => !problem.includes('404'))).toEqual([]);
      }
      await view.close();
    });
  });
}

export function awaySpecs(stack: () => DashboardStack): void {
  it('a page says that the service is away, and shows the page by itself when it is back', async () => {
    const view = await stack().view();
    const { page } = view;
    await view.open('/products');
    await page.getByRole('heading', { name: /^\d+ products$/ }).waitFor();
    await page.route('**', (route) => route.abort('connectionrefused'));
    await page.getByLabel('Product type', { exact: true }).selectOption('Jeans');
    await page.getByText('The service does not answer.').first().waitFor();
    await page.unrouteAll();
    await page.getByRole('heading', { name: '60 products' }).waitFor();
    await view.close();
  });
}
