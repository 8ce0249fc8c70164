import { STAGE_CODES } from '@ecobalyse/schema';
import { simulateDetailed } from '@ecobalyse/textile-method';
import { describe, expect, it } from 'vitest';
import { flattenImpact } from './flat-impact.js';
import { stagesOf } from './stages.js';

const query = { mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt', upcycled: true };
const shown = simulateDetailed(query);
const leftOut = simulateDetailed(query, { upcycledStages: 'left-out' });
const labelled = (...labels: unknown[]) => labels.map((label) => ({ label }));
const OLD = ['Matières premières', 'Filature', 'Tissage & Tricotage', 'Ennoblissement', 'Confection', 'Distribution'];

describe('the stages of an answer', () => {
  it('are the same whether those that do not count are shown or left out, and so is what they cost', () => {
    expect([shown.lifeCycle.length, leftOut.lifeCycle.length]).toEqual([8, 4]);
    expect(leftOut.impacts).toEqual(shown.impacts);
    const [one, other] = [shown, leftOut].map((answer) =>
      flattenImpact({ ...answer, md5_id: 'a', product_id: 'tshirt' }),
    );
    expect(other).toEqual(one);
    expect([one?.faults, one?.row.cost_material]).toEqual([[], 0]);
    expect(one?.row.cost_making).toBeGreaterThan(0);
  });

  it.each([
    ['labels of version 7', [...OLD, 'Utilisation']],
    [
      'labels of version 8',
      ['Fin de vie', ...OLD.slice(1, 5).map((name) => `Transformation\u00a0- ${name}`), 'Distribution'],
    ],
    ['other accents and letters', ['MATIERE', 'tissage / tricotage', 'Fin de  vie']],
  ])('are known by %s, in whatever order', (_, labels) => {
    const stages = stagesOf(labelled(...labels)) ?? [];
    expect(stages).toHaveLength(8);
    expect(
      stages
        .map(({ label }) => label)
        .filter((label) => label !== undefined)
        .sort(),
    ).toEqual([...labels].sort());
    const at = (code: (typeof STAGE_CODES)[number]) => stages[STAGE_CODES.indexOf(code)];
    if (labels.includes('Fin de vie')) expect(at('eol')).toEqual({ label: 'Fin de vie' });
    if (labels.includes('Utilisation'))
      expect([at('use'), at('eol')]).toEqual([{ label: 'Utilisation' }, { enabled: false }]);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no stage', []],
    ['a stage of another name', labelled('Confection', 'Logistique')],
    ['a stage without a name', [{}]],
    ['a stage twice', labelled('Confection', 'Confection')],
    ['more stages than there are', labelled(...OLD, 'Utilisation', 'Fin de vie', 'Confection')],
  ])('cannot be read of %s', (_, lifeCycle) => {
    expect(stagesOf(lifeCycle)).toBeNull();
  });
});
