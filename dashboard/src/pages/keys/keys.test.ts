import { describe, expect, it } from 'vitest';
import { KEYS, pageOf } from '../../testing/answers.js';
import { failure, openBrowser } from '../../testing/browser.js';

const browser = openBrowser();
const TOLD = { name: 'shop', key: 'eco_shown-once' };
const ANSWERS = {
  ...KEYS,
  'POST /keys': TOLD,
  'POST /keys/erp/rotate': { ...TOLD, name: 'erp' },
  'PATCH /keys/erp': { message: 'done' },
  'DELETE /keys/erp': { message: 'done' },
};
const asked = (method: string) => browser.requests.filter((request) => request.startsWith(method));
const bodies = () => browser.bodies.filter((body) => body !== '').map((body) => JSON.parse(body));

describe('the page of keys', () => {
  it('shows those that are not administrators the use of their own key only', async () => {
    await browser.visit('/keys', ANSWERS, { role: 'writer' });
    expect(browser.requests).toEqual(['GET /me/usage']);
    expect(browser.text('.card')).toContain('Products added or changed today: 12 of 2,000.');
    expect(browser.text('figcaption')).toBe('30 requests in 30 days, of which refused: 2.');
    await browser.visit(
      '/keys',
      { ...ANSWERS, 'GET /me/usage': { ...KEYS['GET /me/usage'], days: [] } },
      { role: 'reader' },
    );
    expect(browser.text('.state')).toContain('Not used yet');
  });

  it('lets an administrator add a key, which is shown once', async () => {
    await browser.visit('/keys', ANSWERS);
    await browser.press('Add a key');
    await browser.type('Name', 'shop');
    await browser.choose('Role', 'writer');
    expect(browser.value('Expires after')).toBe('90');
    await browser.choose('Expires after', '');
    await browser.type('Products a day', '500');
    expect([browser.value('Expires after'), browser.value('Products a day')]).toEqual(['', '500']);
    await browser.press('Add a key', 'dialog button[type=submit]');
    const quota = { requests_per_minute: null, products_per_day: 500 };
    expect(bodies()).toEqual([{ name: 'shop', role: 'writer', expires_at: null, ...quota }]);
    expect(browser.text('dialog code')).toBe('eco_shown-once');
    expect(asked('GET /keys')).toHaveLength(2);
    await browser.press('Done');
    expect(browser.text()).not.toContain('eco_shown-once');
  });

  it('limits a key: what is emptied is a limit no more', async () => {
    await browser.visit('/keys', ANSWERS);
    expect(browser.text('main')).toContain('600 requests/min, 1,250 of 10,000 products today');
    await browser.press('Limits of the key erp');
    expect([browser.value('Requests a minute'), browser.value('Products a day')]).toEqual(['600', '10000']);
    await browser.type('Requests a minute', '');
    await browser.type('Products a day', '20000');
    await browser.press('Save');
    expect(asked('PATCH')).toEqual(['PATCH /keys/erp']);
    expect(bodies()).toEqual([{ requests_per_minute: null, products_per_day: 20_000 }]);
    expect(browser.all('dialog')).toEqual([]);
    expect(asked('GET /keys')).toHaveLength(2);
  });

  it('replaces and revokes those of the database that are not revoked', async () => {
    await browser.visit('/keys', ANSWERS);
    expect(browser.all('.row-actions')).toHaveLength(1);
    await browser.press('Replace the key erp');
    await browser.press('Replace', 'dialog button[type=submit]');
    const [{ expires_at }] = bodies();
    expect(Math.round((Date.parse(expires_at) - Date.now()) / 86_400_000)).toBe(90);
    expect(browser.text('dialog')).toContain('eco_shown-once');
    await browser.press('Done');
    await browser.press('Revoke the key erp');
    await browser.press('Revoke', 'dialog button[type=submit]');
    expect(asked('DELETE')).toEqual(['DELETE /keys/erp']);
    expect(browser.all('dialog')).toEqual([]);
  });

  it.each([
    ['Add a key', ['Name', 'Role', 'Requests a minute', 'Products a day', 'Expires after'], false, false],
    ['Limits of the key erp', ['Requests a minute', 'Products a day'], false, false],
    ['Replace the key erp', ['Expires after'], true, false],
    ['Revoke the key erp', [], false, true],
  ])('%s asks for what it needs, and says what it does', async (button, fields, replaces, revokes) => {
    await browser.visit('/keys', ANSWERS);
    await browser.press(button);
    const text = browser.text('dialog');
    expect(browser.texts('dialog label')).toEqual(fields);
    expect(text.includes('The old key is refused within seconds')).toBe(replaces);
    expect(text.includes('This is for good')).toBe(revokes);
    await browser.press('Cancel');
    expect(browser.all('dialog')).toEqual([]);
  });

  it('says why a key is not added', async () => {
    await browser.visit('/keys', {
      ...ANSWERS,
      'POST /keys': failure(409, 'Another key has this name', 'key_name_taken'),
    });
    await browser.press('Add a key');
    await browser.type('Name', 'erp');
    await browser.press('Add a key', 'dialog button[type=submit]');
    expect(browser.text('dialog')).toContain('Another key has this name');
  });

  it('asks for the activity that its filters and its page let through', async () => {
    await browser.visit('/keys?key=erp&subject=spring&page=2', ANSWERS);
    expect(asked('GET /audit')).toEqual(['GET /audit?key=erp&subject=spring&limit=25&offset=25']);
    browser.answer({ 'GET /audit/export': [] });
    for (const [form, format] of [
      ['Excel (.xlsx)', 'xlsx'],
      ['CSV for French spreadsheets', 'csv-fr'],
    ]) {
      await browser.press('Download');
      await browser.press(form as string);
      expect(browser.requests.at(-1)).toBe(`GET /audit/export?key=erp&subject=spring&format=${format}`);
    }
    await browser.visit('/keys?key=erp', { ...ANSWERS, 'GET /audit': pageOf([]) });
    expect(browser.text()).toContain('Nothing was changed that these filters find.');
  });
});
