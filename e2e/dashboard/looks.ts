import { describe, expect, it } from 'vitest';
import { cutLabels, type DashboardStack, KEY } from './stack.js';

/** A button of each kind on the page, as its classes name it. */
const KINDS = `[...new Set([...document.querySelectorAll('button:not(:disabled), a.button, .nav-link')]
  .filter((button) => button.checkVisibility() && button.textContent.trim() !== '')
  .map((button) => button.className))]`;

/** Contrast of the text of the button under the pointer with what lies below it, by WCAG 2: from 1 to 21. */
const HOVERED_CONTRAST = `(() => {
  const channels = (colour) => {
    const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (colour) => {
    const [red, green, blue] = channels(colour).map((channel) => {
      const share = channel / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const button = [...document.querySelectorAll(':hover')].at(-1).closest('button, a');
  let ground = button;
  while (channels(getComputedStyle(ground).backgroundColor)[3] < 255) ground = ground.parentElement;
  const [one, other] = [getComputedStyle(button).color, getComputedStyle(ground).backgroundColor].map(luminance);
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
})()`;

export function looksSpecs(stack: () => DashboardStack): void {
  describe('looks', () => {
    it.each(['light', 'dark'] as const)(
      'has buttons of every kind that can be read under the pointer, %s',
      async (theme) => {
        const view = await stack().view({ theme });
        const { page } = view;
        const seen = new Set<string>();
        const hoverAll = async () => {
          for (const kind of (await page.evaluate(KINDS)) as string[]) {
            if (seen.has(kind)) continue;
            seen.add(kind);
            await page.locator(`[class="${kind}"]:not(:disabled)`).filter({ visible: true }).first().hover();
            const contrast = await page.evaluate(HOVERED_CONTRAST);
            expect(contrast, `${kind}, ${theme}`).toBeGreaterThanOrEqual(4.5);
          }
        };
        await view.open('/score');
        await page.locator('.save .primary').waitFor();
        await hoverAll();
        await view.open('/products');
        await page.locator('tbody tr').nth(24).waitFor();
        await hoverAll();
        await page.locator('tbody a').first().click();
        await page.getByRole('button', { name: 'Delete', exact: true }).click();
        await page.getByRole('button', { name: 'Delete for good' }).waitFor();
        await hoverAll();
        for (const kind of ['button', 'button primary', 'button danger', 'link-button', 'sort-button']) {
          expect(seen).toContain(kind);
        }
        await view.close();
      },
    );

    it('draws labels whole where a canvas takes them for narrower than the page draws them', async () => {
      const view = await stack().view({ isNew: true, language: 'fr' });
      const { page } = view;
      await page.addInitScript(`
        sessionStorage.setItem('ecobalyse.key', ${JSON.stringify(KEY)});
        const { measureText } = CanvasRenderingContext2D.prototype;
        CanvasRenderingContext2D.prototype.measureText = function (text) {
          return { width: 0.7 * measureText.call(this, text).width };
        };
      `);
      for (const [path, charts] of [
        ['/', 3],
        ['/models', 3],
        ['/statistics', 2],
      ] as const) {
        await view.open(path);
        await page.locator('.chart svg').nth(charts).waitFor();
        await page.locator('.skeleton').first().waitFor({ state: 'detached' });
        expect(await cutLabels(page), path).toEqual([]);
      }
      await view.close();
    });
  });
}
