import { anyText } from '@ecobalyse/bson/testing';
import fc from 'fast-check';
import { BSON } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { markLineReader } from './mark-lines.js';

const HASH = '0123456789abcdef0123456789abcdef';
const TIME = '2026-12-01T10:00:00.000Z';
const platform = (more: object = {}) => ({ answerHash: HASH, createdAt: TIME, methodVersion: '7.0.0', ...more });
const asked = (md5_id: unknown, _platform: unknown = platform()) => ({ md5_id, _platform });

/** Lines and odd identities of documents. */
function read(
  documents: readonly object[],
  { counted = (_: unknown): boolean => true, without = new Set<unknown>() } = {},
) {
  const reader = markLineReader(
    ({ _platform }) => counted((_platform as Record<string, unknown>)?.methodVersion),
    without,
  );
  const { lines, odd } = reader(documents.map((document) => BSON.serialize(document)));
  return { lines: Buffer.from(lines).toString('latin1').split('\n'), odd };
}

const MARK = `0123456789abcdef ${TIME} 7.0.0`;

describe('identities and marks', () => {
  it.each([
    ['of the platform', asked('a1'), `a1\t${MARK}`],
    ['of one letter, and a hash of one digit', asked('a', platform({ answerHash: 'x' })), `a\tx ${TIME} 7.0.0`],
    ['at the edges of plain text', asked('!~', platform({ answerHash: ' ~' })), `!~\t ~ ${TIME} 7.0.0`],
    ['of a version without a name', asked('a', platform({ methodVersion: '' })), `a\t0123456789abcdef ${TIME} `],
    ['of no version', asked('a', platform({ methodVersion: null })), `a\t0123456789abcdef ${TIME} `],
    ['of a version left out', asked('a', { answerHash: HASH, createdAt: TIME }), `a\t0123456789abcdef ${TIME} `],
    ['of fields in another order', { _platform: platform(), md5_id: 'a' }, `a\t${MARK}`],
    ['of more fields', { md5_id: 'a', _platform: platform({ state: 'confirmed' }) }, `a\t${MARK}`],
    ['without a hash', asked('a', platform({ answerHash: '' })), 'a\t'],
    ['whose hash is a number', asked('a', platform({ answerHash: 1 })), 'a\t'],
    ['without a time', asked('a', platform({ createdAt: undefined })), 'a\t'],
    ['of nothing but an identity', { md5_id: 'a' }, 'a\t'],
    ['of 500 letters', asked('a'.repeat(500)), `${'a'.repeat(500)}\t${MARK}`],
    [
      'of a long mark',
      asked('a', platform({ createdAt: 't'.repeat(477) })),
      `a\t0123456789abcdef ${'t'.repeat(477)} 7.0.0`,
    ],
  ])('are told in a line: %s', (_, document, line) => {
    expect(read([document])).toEqual({ lines: [line, ''], odd: [] });
  });

  it.each([
    ['a space', asked('a b'), 'a b'],
    ['a tab', asked('a\tb'), 'a\tb'],
    ['a line', asked('a\nb'), 'a\nb'],
    ['a letter that is none of ASCII', asked('é'), 'é'],
    ['no letter', asked(''), ''],
    ['501 letters', asked('a'.repeat(501)), 'a'.repeat(501)],
    ['a number', asked(7), 7],
    ['nothing', { _platform: platform() }, null],
    ['a line in its mark', asked('a', platform({ createdAt: 'x\ny' })), 'a'],
    ['a tab in its version', asked('a', platform({ methodVersion: '\t' })), 'a'],
    ['a mark of 501 letters', asked('a', platform({ createdAt: 't'.repeat(478) })), 'a'],
  ])('that are no plain text are told apart: %s', (_, document, identity) => {
    expect(read([asked('before'), document, asked('after')])).toEqual({
      lines: [`before\t${MARK}`, `after\t${MARK}`, ''],
      odd: [identity],
    });
  });

  it('are those of the version that counts, whatever stood before, and not those that are left out', () => {
    const versions = ['7.0.0', '8.0.0', '8.0.0', '7.0.0', null, '7.0.0.1', '7.0.0'];
    const documents = versions.map((methodVersion, at) => asked(`id-${at}`, platform({ methodVersion })));
    const { lines } = read(documents, { counted: (version) => [null, '7.0.0'].includes(version as never) });
    expect(lines.map((line) => line.split('\t')[0])).toEqual(['id-0', 'id-3', 'id-4', 'id-6', '']);
    const without = new Set<unknown>(['id-0', 'id-4', 'id 7', 9]);
    expect(read([...documents, asked('id 7'), asked(9)], { without })).toMatchObject({ odd: [] });
    expect(read(documents, { without }).lines).toHaveLength(6);
  });

  it('are the same, read byte by byte or as objects', () => {
    const text = anyText(30);
    const document = fc.tuple(text, text, text, text);
    fc.assert(
      fc.property(fc.array(document, { maxLength: 5 }), (texts) => {
        const documents = texts.map(([id, answerHash, createdAt, methodVersion]) =>
          asked(id, { answerHash, createdAt, methodVersion }),
        );
        // In another order they are read as objects.
        const turned = documents.map(({ md5_id, _platform }) => ({ _platform, md5_id }));
        expect(read(documents)).toEqual(read(turned));
      }),
      { numRuns: 100 },
    );
  });
});
