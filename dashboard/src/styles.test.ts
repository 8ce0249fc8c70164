import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHART_THEMES } from './chart/palette.js';

/** What the style sheet says, where no browser is needed to see that it cannot be meant: Chromium judges the pages (e2e/dashboard.test.ts). */

const css = readFileSync(join(import.meta.dirname, 'styles.css'), 'utf8').replace(/\/\*.*?\*\//gs, '');
const RULES = [...css.matchAll(/([^{};]+)\{([^{}]*)\}/g)].map(([, selector = '', body = '']) => ({
  selector: selector.trim().replace(/\s+/g, ' '),
  values: new Map(
    [...body.matchAll(/([\w-]+):\s*([^;]+);/g)].map(([, name = '', value = '']) => [name, value.replace(/\s+/g, ' ')]),
  ),
}));
const SOURCES = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !/\.test\.ts$|^testing\//.test(file))
  .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'))
  .join('\n');
/** Colours by name, in the light theme and in the dark one. */
const COLOURS = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);/g)].map(([, name = '', ...both]) => [
    name,
    both.slice(0, 2),
  ]),
);

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
/** The contrast of WCAG 2. */
function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}
const named = (value = '') => /var\(--([\w-]+)\)/.exec(value)?.[1] ?? '';
/** A text and what stands behind it, by one rule or by that of the same element in another state; else a row that is marked. */
const PAIRS = RULES.flatMap(({ selector, values }) => {
  const at = RULES.find((rule) => rule.selector === selector.replace(/:[a-z-]+$/, ''));
  const [text, ground] = [named(values.get('color')), named(values.get('background') ?? at?.values.get('background'))];
  return COLOURS.has(text) ? [[selector, text, COLOURS.has(ground) ? ground : 'raised'] as const] : [];
});

describe('the colours of the style sheet', () => {
  it.each(PAIRS)('%s can be read: %s on %s', (_, text, ground) => {
    for (const theme of [0, 1]) {
      const [ink, paper] = [text, ground].map((name) => COLOURS.get(name)?.[theme] as string);
      expect(contrast(ink as string, paper as string)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('are those of the charts', () => {
    for (const [theme, name] of (['light', 'dark'] as const).entries()) {
      const { surface, text, softText } = CHART_THEMES[name];
      expect([surface, text, softText]).toEqual(['surface', 'text', 'soft'].map((of) => COLOURS.get(of)?.[theme]));
    }
  });
});

describe('the names of the style sheet', () => {
  it('are of variables that are set, here or by what shows them', () => {
    const used = [...css.matchAll(/var\(--([\w-]+)/g)].map(([, name = '']) => name);
    const unset = used.filter((name) => !css.includes(`--${name}:`) && !SOURCES.includes(`'--${name}'`));
    expect([...new Set(unset)]).toEqual([]);
  });

  it('are of classes that the pages give', () => {
    const classes = RULES.flatMap(({ selector }) =>
      [...selector.matchAll(/\.([a-z][\w-]*)/g)].map(([, of = '']) => of),
    );
    expect(classes.length).toBeGreaterThan(200);
    // A card is told how many columns it takes: span={4}.
    const given = (name: string) => new RegExp(`(?<![\\w-])${name.replace(/^span-/, 'span(-|=\\{)')}(?![\\w-])`);
    const unknown = classes.filter((name) => !given(name).test(SOURCES));
    expect([...new Set(unknown)]).toEqual([]);
  });
});

/** The media that a rule is for, of the rules one after the other. */
const MEDIA = [...css.matchAll(/@media ([^{]*) \{|(?<=^|\n)\}|([^{};]+)\{([^{}]*)\}/g)].reduce<{
  of: string;
  rules: string[];
}>(
  ({ of, rules }, [all, media, selector]) => ({
    of: media ?? (all === '}' ? '' : of),
    rules: selector === undefined ? rules : [...rules, `${of} ${selector.trim().replace(/\s+/g, ' ')}`.trim()],
  }),
  { of: '', rules: [] },
).rules;
const NARROW = '(max-width: 56rem)';
/** What a selector says of a property last, for windows of any width or for narrow ones. */
function said(selector: string, property: string, media = ''): string | undefined {
  const wanted = `${media} ${selector}`.trim();
  return RULES.filter((_, at) => MEDIA[at] === wanted)
    .map(({ values }) => values.get(property))
    .findLast((value) => value !== undefined);
}

/** What is left out, stands over the rest or stays in sight, in a wide window and in a narrow one. */
describe('the frame of a page', () => {
  it.each([
    ['.top-bar', 'display', 'none', 'flex'],
    ['.top-bar', 'position', undefined, 'sticky'],
    ['.sidebar', 'display', undefined, 'none'],
    ['.sidebar', 'position', undefined, 'fixed'],
    ['.menu-open .sidebar', 'display', undefined, 'block'],
    ['.menu-open main', 'visibility', undefined, 'hidden'],
    ['.sidebar .brand', 'display', undefined, 'none'],
    ['.sidebar-content', 'position', 'sticky', undefined],
    ['.minor', 'display', undefined, 'none'],
    ['.phone-only', 'display', 'none', 'block'],
    ['.visually-hidden', 'position', 'absolute', undefined],
    ['.visually-hidden', 'clip-path', 'inset(50%)', undefined],
    ['.skip-link', 'top', '-4rem', undefined],
    ['.skip-link:focus', 'top', '1rem', undefined],
    ['.table-scroll', 'overflow-x', 'auto', undefined],
    ['.wide-chart', 'overflow-x', 'auto', undefined],
    ['.chart-table', 'overflow', 'auto', undefined],
    ['.menu-list', 'position', 'absolute', undefined],
    ['.numeric', 'text-align', 'right', undefined],
    ['.span-4, .span-6', 'grid-column', undefined, '1 / -1'],
    ['.run-details:empty', 'display', 'none', undefined],
  ])('%s has the %s %s, in a narrow window %s', (selector, property, wide, narrow) => {
    expect([said(selector, property), said(selector, property, NARROW)]).toEqual([wide, narrow]);
  });

  it.each([4, 5, 6, 7, 8])('has cards of %d columns', (columns) => {
    expect(said(`.span-${columns}`, 'grid-column')).toBe(`span ${columns}`);
  });

  it('lies in layers: what skips to the content over the bar, over the menu, over lists that open', () => {
    const layers = RULES.flatMap(({ values }, at) =>
      values.has('z-index') ? [[MEDIA[at], values.get('z-index')]] : [],
    );
    expect(layers).toEqual([
      ['.skip-link', '20'],
      [`${NARROW} .top-bar`, '11'],
      [`${NARROW} .sidebar`, '10'],
      ['.menu-list', '5'],
    ]);
  });

  it('changes at a few widths, and stands still for who wants it to', () => {
    const media = [...css.matchAll(/@media ([^{]*) \{/g)].map(([, of]) => of);
    expect([...new Set(media)].sort()).toEqual([
      '(max-width: 56rem)',
      '(max-width: 75rem)',
      '(min-width: 150rem)',
      '(min-width: 200rem)',
      '(min-width: 75rem)',
      '(prefers-reduced-motion: reduce)',
    ]);
    const moving = RULES.filter(({ values }) => values.has('animation')).map(({ selector, values }) => [
      selector,
      values.get('animation') === 'none',
    ]);
    expect(moving).toEqual([
      ['.skeleton', false],
      ['.skeleton', true],
    ]);
  });
});

describe('each rule', () => {
  it('stands once for its window', () => {
    expect(MEDIA.filter((rule, at) => MEDIA.indexOf(rule) !== at)).toEqual([]);
  });

  it.each([
    ['border-radius', ['0', '3px', '4px', '6px', '8px', '10px', '999px', 'var(--radius)']],
    ['font-weight', ['560', '600', '620', '650', '680', '700']],
    ['cursor', ['not-allowed', 'pointer']],
    ['opacity', ['0', '0.55', '0.6']],
    ['background', null],
    ['color', null],
    ['border-color', null],
  ])('has a %s of the scale', (property, scale) => {
    const given = RULES.flatMap(({ selector, values }) =>
      values.has(property) ? [[selector, values.get(property)]] : [],
    );
    expect(given).not.toEqual([]);
    // Colours have names, so that both themes have them.
    const isKnown = (value = '') =>
      scale
        ? (scale as readonly string[]).includes(value)
        : /^(var\(--[\w-]+\)|none|inherit|rgb\(.* \/ \d+%\)|linear-gradient.*)$/.test(value);
    expect(given.filter(([, value]) => !isKnown(value))).toEqual([]);
  });
});

/** The least and the most of a length, in rem: what is beyond is a slip of the hand. */
const LENGTHS: readonly (readonly [property: RegExp, least: number, most: number])[] = [
  [/^font-size$/, 0.6875, 2.25],
  [/^(row-|column-)?gap$/, 0.125, 2.5],
  [/^padding/, 0.0625, 4],
  [/^margin/, 0.125, 4.5],
  [/^(top|right|bottom|left)$/, 0.5, 2.25],
  [/^height$/, 0.375, 2.5],
  [/^min-height$/, 1.375, 7.5],
];

describe('the lengths of the style sheet', () => {
  const lengths = RULES.flatMap(({ selector, values }) =>
    [...values].flatMap(([property, value]) =>
      [...value.matchAll(/(?<![\w.-])(\d*\.?\d+)rem/g)].map(([, rem]) => ({ selector, property, rem: Number(rem) })),
    ),
  );

  it('fall on pixels', () => {
    expect(lengths.length).toBeGreaterThan(150);
    expect(lengths.filter(({ rem }) => !Number.isInteger(rem * 16))).toEqual([]);
  });

  it.each(LENGTHS)('%s is from %d to %d rem', (property, least, most) => {
    const those = lengths.filter((one) => property.test(one.property));
    expect(those).not.toEqual([]);
    expect(those.filter(({ rem }) => rem < least || rem > most)).toEqual([]);
  });
});
