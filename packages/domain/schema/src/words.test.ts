import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  CACHE_TAGS,
  ERRORS,
  type ErrorRow,
  expected,
  FAULTS,
  fill,
  IMPACT_CODES,
  IMPACT_TYPES,
  impactType,
  inEveryLanguage,
  inLanguage,
  inWords,
  mayActAs,
  ROLES,
  STATISTICS,
  textileQuerySchema,
} from './index.js';

describe('the language of a work', () => {
  const here = { en: 'here', fr: 'ici' };
  const said = () => inWords(here, 'fr');

  it('holds for the work, and the one before it holds again behind it, also when it fails', () => {
    expect([said(), inWords(here, 'en')]).toEqual(['ici', 'here']);
    const inner = inLanguage('en', () => [said(), inLanguage('fr', said), inLanguage(undefined, said), said()].join());
    expect(inner).toBe('here,ici,ici,here');
    const fail = (): string => {
      throw new Error('in vain');
    };
    expect(() => inLanguage('en', fail)).toThrow('in vain');
    expect(said()).toBe('ici');
    expect(inEveryLanguage((language) => `${language} ${said()}`)).toEqual({ en: 'en here', fr: 'fr ici' });
  });

  it('is that of schemas, with words of their own or without', () => {
    const own = z.string(expected('a text', 'un texte'));
    const told = (schema: z.ZodType) => inEveryLanguage(() => schema.safeParse(1).error?.issues[0]?.message);
    expect(told(own)).toEqual({ en: 'expected a text', fr: 'attendu : un texte' });
    expect(told(z.string())).toEqual({
      en: 'Invalid input: expected string, received number',
      fr: expect.stringMatching(/^Entrée invalide/),
    });
    expect(z.string().safeParse(1).error?.issues[0]?.message).toMatch(/^Invalid input/);
  });

  it('is that of what is wrong with a query; French is that of the official API', () => {
    const told = (given: object) =>
      inEveryLanguage(() => textileQuerySchema.safeParse(given).error?.issues[0]?.message);
    expect(told({})).toEqual({
      en: 'expected a mass in kg (number); received: nothing',
      fr: 'attendu : une masse en kg (nombre) ; reçu : rien',
    });
    expect(textileQuerySchema.safeParse({}).error?.issues[0]?.message).toMatch(/^attendu/);
    for (const [length, shown] of [
      [58, `"${'x'.repeat(58)}"`],
      [59, `"${'x'.repeat(59)}…`],
    ] as const) {
      expect(told({ mass: 'x'.repeat(length) }).en).toBe(`expected a mass in kg (number); received: ${shown}`);
    }
  });
});

it('fills the places of a text that are named, and leaves the others', () => {
  expect(fill('{a} of {b}, {a}{c}', { a: 1, b: 'two' })).toBe('1 of two, 1{c}');
});

const placesOf = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
const texts: (readonly [string, { en: string; fr: string }])[] = [
  ...Object.entries(ERRORS),
  ...Object.entries(FAULTS),
  ...Object.values<ErrorRow>(ERRORS).flatMap(({ hint }) => (hint ? [['hint', hint] as const] : [])),
];
it('tells each error in both languages, with the same places', () => {
  expect(texts.filter(([, { en, fr }]) => en === '' || fr === '' || en === fr)).toEqual([]);
  expect(texts.map(([name, { en }]) => [name, placesOf(en)])).toEqual(
    texts.map(([name, { fr }]) => [name, placesOf(fr)]),
  );
});

it('says with what status an error is answered, and after how many seconds to try again', () => {
  const rows = Object.entries<ErrorRow>(ERRORS);
  const codes = [...new Set(rows.map(([, { status }]) => status))].map((status) => [
    status,
    rows.flatMap(([code, row]) => (row.status === status ? [code, row.retryAfter ?? []].flat() : [])).join(' '),
  ]);
  expect(codes).toEqual([
    [400, 'not_http'],
    [403, 'forbidden key_unknown role_needed origin_foreign'],
    [
      404,
      'not_found path_unknown product_not_found statistics_missing model_missing model_unknown job_unknown mapping_unknown run_unknown api_key_unknown catalogue_unknown change_unknown cache_away',
    ],
    [405, 'method_not_allowed'],
    [408, 'too_slow'],
    [
      409,
      'job_ended too_many_mappings pipeline_busy run_not_retryable run_ended webhook_missing key_name_taken key_of_settings catalogue_name_taken catalogue_built_in catalogue_not_deleted catalogue_busy too_many_catalogues',
    ],
    [413, 'body_too_large file_too_large too_many_products'],
    [414, 'url_too_long'],
    [415, 'content_encoding_unknown'],
    [422, 'invalid_request invalid_url product_refused'],
    [429, 'too_many_requests requests_quota_reached products_quota_reached too_many_jobs 60'],
    [431, 'headers_too_long'],
    [500, 'internal_error'],
    [502, 'upstream_failed orchestrator_away webhook_failed'],
    [
      503,
      'overloaded 2 too_many_streams 10 database_away 5 queues_away 5 registry_away 5 model_unreadable 60 estimates_waiting 5 searches_waiting 10 search_too_slow 10',
    ],
    [504, 'orchestrator_slow'],
    [507, 'database_full'],
  ]);
});

it('lets a role do what those before it may, and no more', () => {
  const allowed = ROLES.map((role) => ROLES.filter((needed) => mayActAs(role, needed)).join());
  expect(allowed).toEqual(['reader', 'reader,writer', 'reader,writer,admin']);
});

it('writes impact types with _ for -', () => {
  expect([impactType('etf-c'), impactType('ecs')]).toEqual(['etf_c', 'ecs']);
  expect(IMPACT_TYPES).toHaveLength(IMPACT_CODES.length);
  expect(IMPACT_TYPES.slice(0, 4)).toEqual(['acd', 'cch', 'etf', 'etf_c']);
});

it('names what cached answers depend on', () => {
  const named = Object.values(CACHE_TAGS).map((tag) => (typeof tag === 'string' ? tag : tag('x')));
  expect(named).toEqual(['impacts', 'product:x', 'document:x', 'replaced-documents', 'statistics', 'reference']);
});

it('says where each statistic is kept, and what it can be filtered by', () => {
  const rows = Object.entries(STATISTICS).map(([name, { collection, productField, hasImpactType, defaultLimit }]) =>
    [name, collection, productField ?? '-', hasImpactType ? 'impact' : '-', defaultLimit ?? 'all'].join(' '),
  );
  expect(rows).toEqual([
    'countries stats_countries product_id - all',
    'days_of_wear stats_days_of_wear product_id - all',
    'impacts stats_impacts product_id impact all',
    'outliers stats_outliers product.id impact 200',
    'ranking stats_ranking id - all',
    'stages stats_stages product_id - all',
    'drivers stats_drivers product_id - all',
    'correlations stats_correlations - - all',
    'components stats_components - - all',
    'segments stats_segments - - all',
  ]);
});
