import { simulateDetailed } from '@ecobalyse/textile-method';
import { describe, expect, it } from 'vitest';
import { compareAnswers } from './compare-answers.js';
import type { Fields } from './fields.js';

const query = { mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt' };
const ours = simulateDetailed(query) as unknown as Fields;
const copy = () => JSON.parse(JSON.stringify(ours));

/** Changes the value at a path of a copy. */
function changed(path: string, change: (value: unknown) => unknown): Fields {
  const answer = copy();
  const names = path.split('.');
  const last = names.pop() as string;
  const owner = names.reduce((value, name) => value[name], answer);
  owner[last] = change(owner[last]);
  return answer;
}
const fields = (theirs: Fields) => compareAnswers(ours, theirs).map(({ field }) => field);

describe('two answers to one query', () => {
  it('are the same, whatever is written beside what is compared', () => {
    expect(compareAnswers(ours, { ...copy(), webUrl: 'other', description: '' })).toEqual([]);
    expect(fields(changed('impacts', (impacts) => ({ ...(impacts as object), cch: 3, bvi: 1 })))).toEqual([]);
  });

  it.each([
    ['impacts.ecs', 'impacts.ecs'],
    ['impacts.pef', 'impacts.pef'],
    ['impactsWithoutDurability.ecs', 'impactsWithoutDurability.ecs'],
    ['trimsImpacts.ecs', 'trimsImpacts.ecs'],
    ['complementsImpacts.microfibers', 'complementsImpacts.microfibers'],
    ['transport.sea', 'transport.sea'],
    ['durability', 'durability'],
    ['daysOfWear', 'daysOfWear'],
    ['useNbCycles', 'useNbCycles'],
    ['lifeCycle.0.inputMass', 'lifeCycle.material.inputMass'],
    ['lifeCycle.1.elecKWh', 'lifeCycle.spinning.elecKWh'],
    ['lifeCycle.4.impacts.ecs', 'lifeCycle.making.impacts.ecs'],
    ['lifeCycle.5.transport.road', 'lifeCycle.distribution.transport.road'],
    ['lifeCycle.7.transport.impacts.pef', 'lifeCycle.eol.transport.impacts.pef'],
  ])('differ in %s alone, which is told as %s', (path, field) => {
    const theirs = changed(path, (value) => Number(value) + 1);
    const value = path.split('.').reduce<unknown>((inner, name) => (inner as Fields)[name], ours);
    expect(compareAnswers(ours, theirs)).toEqual([{ field, ours: value, theirs: Number(value) + 1 }]);
    expect(fields(changed(path, () => undefined))).toContain(field);
  });

  it('are the same within 1e-9', () => {
    expect(fields(changed('impacts.ecs', (value) => Number(value) * (1 + 0.9e-9)))).toEqual([]);
    expect(fields(changed('impacts.ecs', (value) => Number(value) * (1 + 1.1e-9)))).toEqual(['impacts.ecs']);
    expect(fields(changed('durability', (value) => Number(value) + 0.9e-9))).toEqual([]);
  });

  it('differ when a figure is a text in one of them', () => {
    const asText = changed('durability', String);
    for (const pair of [[ours, asText] as const, [asText, ours] as const]) {
      expect(compareAnswers(...pair).map(({ field }) => field)).toEqual(['durability']);
    }
    expect(compareAnswers(asText, asText)).toEqual([]);
  });

  it('differ when a stage is disabled in one of them', () => {
    expect(fields(changed('lifeCycle.6.enabled', () => false))).toEqual(['lifeCycle.use.enabled']);
  });

  it('may lack pef by another version only', () => {
    const withoutPef = JSON.parse(JSON.stringify(ours, (name, value) => (name === 'pef' ? undefined : value)));
    expect(compareAnswers(ours, withoutPef, { isOtherVersion: true })).toEqual([]);
    expect(fields(withoutPef)).toEqual(expect.arrayContaining(['impacts.pef', 'lifeCycle.making.impacts.pef']));
    const other = changed('impacts.pef', (value) => Number(value) + 1);
    expect(compareAnswers(ours, other, { isOtherVersion: true }).map(({ field }) => field)).toEqual(['impacts.pef']);
  });

  it('may lack stages that do not count; others may not be left out', () => {
    const upcycled = [undefined, 'left-out'].map((upcycledStages) =>
      simulateDetailed({ ...query, upcycled: true }, { upcycledStages: upcycledStages as 'left-out' }),
    ) as unknown as [Fields, Fields];
    expect(compareAnswers(...upcycled)).toEqual([]);
    const lifeCycle = (ours.lifeCycle as unknown[]).filter((_, index) => index !== 6);
    expect(fields({ ...copy(), lifeCycle })).toContain('lifeCycle.use.enabled');
    expect(compareAnswers(ours, { ...copy(), lifeCycle: [{ label: 'x' }] })).toEqual([
      { field: 'lifeCycle', ours: expect.any(Array), theirs: ['x'] },
    ]);
  });
});
