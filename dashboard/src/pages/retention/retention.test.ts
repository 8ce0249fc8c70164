import { KEPT_REASONS, RETENTION_KINDS, type RetentionPreview } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import { makeFormat } from '../../i18n/make-format.js';
import { RETENTION } from '../../testing/answers.js';
import { failure, openBrowser } from '../../testing/browser.js';
import { goingCount, keptText, policyText, sizeText } from './policy-text.js';
import { retentionMessages } from './retention-messages.js';

const browser = openBrowser();
const FORMATS = { en: makeFormat('en', 'en-GB'), fr: makeFormat('fr', 'fr-FR') };
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');
const PREVIEW: RetentionPreview = RETENTION['GET /retention/preview'];
const NONE = PREVIEW.map((one) => ({ ...one, goes: { ...one.goes, count: 0, oldest: null, newest: null } }));

describe('a policy', () => {
  it.each<['en' | 'fr', RetentionPreview[number]['policy'], string]>([
    ['en', { days: null, newest: 0, most: null }, 'kept for ever'],
    ['fr', { days: null, newest: 0, most: null }, 'conservé sans limite'],
    ['en', { days: 1, newest: 0, most: null }, 'goes after 1 day'],
    ['en', { days: 30, newest: 50, most: null }, 'goes after 30 days · the newest 50 stay'],
    ['fr', { days: 7, newest: 0, most: 1200 }, 'supprimé après 7 jours · au plus 1 200'],
    ['en', { days: null, newest: 1, most: 200 }, 'kept for ever · the newest 1 stay · at most 200'],
  ])('%s %o', (language, policy, text) =>
    expect(plain(policyText(policy, retentionMessages[language], FORMATS[language]).join(' · '))).toBe(text),
  );

  it('tells why things stay, the most first', () => {
    const reasons = [
      { reason: 'open' as const, count: 2 },
      { reason: 'recent' as const, count: 1234 },
      { reason: 'newest' as const, count: 50 },
    ];
    expect(keptText({ count: 1286, reasons }, retentionMessages.en, FORMATS.en)).toEqual([
      '1,234 not old enough',
      '50 among the newest',
      '2 wait or go on',
    ]);
  });

  it.each(Object.keys(KEPT_REASONS))('has words for %s in both languages', (reason) => {
    const [en, fr] = (['en', 'fr'] as const).map(
      (language) => retentionMessages[language][`because_${reason}` as 'because_only'],
    );
    expect(en).toBeTruthy();
    expect(fr).not.toBe(en);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [1_234_567, '1.235 MB'],
    [5e9, '5 GB'],
    [5e12, '5,000 GB'],
  ])('a size of %i', (bytes, text) => expect(plain(sizeText(bytes, retentionMessages.en, FORMATS.en))).toBe(text));

  it('has French units', () => expect(plain(sizeText(2_500_000, retentionMessages.fr, FORMATS.fr))).toBe('2,5 Mo'));

  it('counts what goes of all kinds', () => expect([goingCount(PREVIEW), goingCount([])]).toEqual([1237, 0]));
});

describe('the page', () => {
  const asked = () => browser.requests.filter((request) => request.includes('/retention'));

  it('is for administrators', async () => {
    await browser.visit('/retention', RETENTION, { role: 'writer' });
    expect(asked()).toEqual([]);
    expect(browser.text('.notice')).toContain('Only an administrator');
  });

  it('tells every kind, with the settings that say how long', async () => {
    await browser.visit('/retention', RETENTION);
    const rows = browser.table('Policies');
    expect(rows.length - 1).toBe(RETENTION_KINDS.length);
    expect(rows[1]).toEqual([
      expect.stringMatching(/^Runs of pipelines/),
      expect.stringContaining('RUN_KEEP_DAYS'),
      expect.stringContaining('1,234'),
      '–',
      expect.stringContaining('53'),
    ]);
    expect(rows[3]?.[3]).toBe('12 MB');
  });

  it('removes after a question that tells what, and shows what is left', async () => {
    await browser.visit('/retention', { ...RETENTION, 'POST /retention/apply': failure(503, 'away') });
    await browser.press('Remove now');
    expect(browser.text('dialog')).toContain('Remove 1,237 things for good?');
    expect(browser.text('dialog ul')).toBe(
      'Runs of pipelines, with their logs: 1,234Versions of the model, with their files: 3',
    );
    await browser.press('Cancel');
    expect([browser.all('dialog').length, asked()]).toEqual([0, ['GET /retention/preview']]);
    await browser.press('Remove now');
    await browser.press('Remove now', 'dialog .danger');
    expect(browser.text('dialog')).toContain('The service cannot answer just now.');
    browser.answer({
      'GET /retention/preview': NONE,
      'POST /retention/apply': [
        { kind: 'runs', removed: 1200, left: 34 },
        { kind: 'models', removed: 3, left: 0 },
      ],
    });
    browser.requests.length = 0;
    await browser.press('Remove now', 'dialog .danger');
    expect(asked().sort()).toEqual(['GET /retention/preview', 'POST /retention/apply']);
    expect(browser.text('.notice.good')).toBe('1,203 things were removed. 34 more would go: remove again.');
    expect(browser.all('dialog')).toEqual([]);
    expect(browser.button('Remove now').disabled).toBe(true);
  });

  it('has nothing to remove where nothing goes', async () => {
    await browser.visit('/retention', { 'GET /retention/preview': NONE });
    expect(browser.button('Remove now').disabled).toBe(true);
    expect(browser.text()).toContain('Nothing would go now.');
  });
});
