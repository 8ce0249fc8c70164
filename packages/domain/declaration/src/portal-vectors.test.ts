import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checkDeclarations, type Verdict } from './check.js';
import type { Organisation } from './organisation.js';
import { RefusedFileError, readDeclarationTable } from './read-table.js';

/** What the portal's own code decided about 1,000 files; they lie beside the repository on the machines that have them. */
const VECTORS = fileURLToPath(new URL('../../../../../shared/data/portal/portal-vectors.ndjson.gz', import.meta.url));

interface Input {
  readonly name: string;
  readonly text?: string;
  readonly base64?: string;
}

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly what: string;
  readonly org: string;
  readonly before?: readonly Input[];
  readonly input: Input;
  readonly file: {
    readonly status: string;
    readonly stage?: string;
    readonly reason?: string;
    readonly columns?: string[];
  };
  readonly rows: readonly {
    readonly row: number;
    readonly reference: string;
    readonly verdict: Verdict;
    readonly errors?: readonly { readonly stage: string; readonly path: unknown[]; readonly reason: string }[];
    readonly score?: { readonly portalEngine: number; readonly ours: { readonly ecs: number } };
    readonly computedScore?: number;
  }[];
}

const bytesOf = ({ text, base64 }: Input) =>
  base64 === undefined ? Buffer.from(text ?? '') : Buffer.from(base64, 'base64');

describe.skipIf(!existsSync(VECTORS))("the portal's own verdicts", () => {
  const [first, ...lines] = existsSync(VECTORS) ? gunzipSync(readFileSync(VECTORS)).toString().trim().split('\n') : [];
  const { organisations } = JSON.parse(first ?? '{}') as { organisations: Record<string, Organisation> };
  const cases = lines.map((line) => JSON.parse(line) as Case);

  async function decide({ before = [], input, org }: Case) {
    const organisation = organisations[org];
    try {
      const declared = [];
      for (const file of before) {
        const rows = checkDeclarations(await readDeclarationTable(bytesOf(file), file.name), {
          organisation,
          declared,
        });
        declared.push(...rows.filter(({ verdict }) => verdict === 'accepted').map(({ read }) => read));
      }
      const rows = checkDeclarations(await readDeclarationTable(bytesOf(input), input.name), {
        organisation,
        declared,
      });
      return rows.map(({ read, verdict, errors, ecs }) => ({
        row: read.row,
        reference: read.reference,
        verdict,
        errors,
        ecs,
      }));
    } catch (error) {
      if (!(error instanceof RefusedFileError)) throw error;
      const { stage, reason, columns } = error;
      return { stage, reason, ...(columns === undefined ? {} : { columns }) };
    }
  }

  const closeTo = (score: number) => expect.closeTo(score, 6 - Math.ceil(Math.log10(Math.abs(score) + 1)));

  /** What a case says the portal decided. */
  const decided = ({ file, rows }: Case) =>
    file.status === 'refused'
      ? { stage: file.stage, reason: file.reason, ...(file.columns === undefined ? {} : { columns: file.columns }) }
      : rows.map(({ row, reference, verdict, errors = [], score, computedScore }) => ({
          row,
          reference,
          verdict,
          errors: errors.map(({ stage, path, reason }) => ({ stage, path, reason })),
          ecs: score || computedScore ? closeTo(score?.portalEngine ?? (computedScore as number)) : null,
        }));

  /**
   * A score that was declared to the last digit at 1 % from the computed one: which side it is on hangs on digits in which two
   * engines differ (9e-14 of the score at most in these files).
   */
  const ON_THE_EDGE = 'p-3672';

  it.each(cases.map((one) => [one.id, one.kind, one.what, one] as const))(
    '%s %s: %s',
    async (id, _kind, _what, one) => {
      const ours = await decide(one);
      if (id === ON_THE_EDGE) {
        expect(ours).toMatchObject([{ verdict: 'refused', ecs: closeTo(146.65432554897683) }]);
      } else {
        expect(ours).toEqual(decided(one));
      }
    },
  );

  it('are 1,000', () => expect(cases).toHaveLength(1000));
});
