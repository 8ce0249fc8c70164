import { describe, expect, it } from 'vitest';
import { findProcess, findProduct, type Process, role } from './catalogue.js';
import { areProductTrims, productTrims, resolveTrims } from './trims.js';

const ZIP = '86b877ff-0d59-482f-bb34-3ff306b07496';
const BUTTON = 'd56bb0d5-7999-4b8b-b076-94d79099b56a';
const EMPTY = '28f2f107-ce9c-4760-9a74-0187ab067d09';

const processOf = (id: string): Process => {
  const process = findProcess(id);
  if (process === undefined) throw new Error(`no process ${id}`);
  return process;
};

const ZIP_MATERIAL = processOf('dc44ae3c-8552-5822-a76d-f95ef68682da');
/** 660 kg per m³. */
const TIMBER = processOf('17431e06-2973-516e-b043-be9ad405e4fb');
/** Loses 22.7 %, no energy. */
const LOSSY = processOf('6e1779a0-3bc7-5850-9820-02a037813ce7');
/** Loses 12 %, draws electricity. */
const ELECTRIC = processOf('ace9db61-adc8-5287-a13b-dcd79a83fc28');

const one = (elements: { amount: number; material: string; transforms: string[] }[], quantity = 1) =>
  resolveTrims([{ id: EMPTY, quantity, custom: { elements } }]);

describe('trims (METHOD §13)', () => {
  it('weigh what the figures say, times their number', () => {
    const { massKg, impacts } = resolveTrims([
      { id: ZIP, quantity: 2 },
      { id: EMPTY, quantity: 5 },
    ]);
    expect(massKg).toBeCloseTo(0.1, 12);
    expect(impacts.ecs).toBeCloseTo(0.1 * ZIP_MATERIAL.ecs, 12);
    expect(impacts.pef).toBeCloseTo(0.1 * ZIP_MATERIAL.pef, 12);
  });

  it('are none when the list is empty', () => {
    expect(resolveTrims([])).toEqual({ items: [], massKg: 0, impacts: { ecs: 0, pef: 0 } });
  });

  it('are those of the product when the query is silent', () => {
    const product = findProduct('tshirt');
    if (product === undefined) throw new Error('no t-shirt');
    expect(productTrims(product)).toEqual(resolveTrims([{ id: BUTTON, quantity: 3 }]));
    expect(areProductTrims([{ id: BUTTON, quantity: 3 }], product)).toBe(true);
    expect(areProductTrims([{ id: BUTTON, quantity: 2 }], product)).toBe(false);
    expect(areProductTrims([{ id: BUTTON, quantity: 3, custom: { elements: [] } }], product)).toBe(false);
    expect(areProductTrims([], product)).toBe(false);
  });

  it('weigh volumes by density, and nothing when it is not known', () => {
    expect(one([{ amount: 0.001, material: TIMBER.id, transforms: [] }]).massKg).toBeCloseTo(0.66, 12);
    const electricity = one([{ amount: 2, material: role.useElectricity.id, transforms: [] }]);
    expect([electricity.massKg, electricity.impacts.ecs]).toEqual([0, 2 * role.useElectricity.ecs]);
  });

  it('need more material than their transformations leave, and the fixed energy mixes', () => {
    const { massKg, impacts } = one([{ amount: 0.5, material: ZIP_MATERIAL.id, transforms: [LOSSY.id, ELECTRIC.id] }]);
    const needed = 0.5 / (1 - 0.12) / (1 - 0.227);
    const afterFirst = needed * (1 - 0.227);
    expect(massKg).toBeCloseTo(0.5, 12);
    expect(impacts.ecs).toBeCloseTo(
      needed * ZIP_MATERIAL.ecs + needed * LOSSY.ecs + afterFirst * (13.104 / 3.6) * role.trimElectricity.ecs,
      9,
    );
  });

  it('weigh the same by the piece or by the thousand, in no time', () => {
    const [few, many] = [10_000, 1e15].map((quantity) => resolveTrims([{ id: ZIP, quantity }]));
    expect((many?.massKg ?? 0) / (few?.massKg ?? 1)).toBeCloseTo(1e11, 0);
  });

  it('add up pieces one after the other, as half-way counts of picks need (METHOD §13.3)', () => {
    let massKg = 0;
    for (let piece = 0; piece < 11; piece++) massKg += 0.001;
    expect(massKg).not.toBe(0.011);
    expect(resolveTrims([{ id: BUTTON, quantity: 11 }]).massKg).toBe(massKg);
    for (let piece = 11; piece < 10_000; piece++) massKg += 0.001;
    expect(massKg).not.toBe(10);
    expect(resolveTrims([{ id: BUTTON, quantity: 10_000 }]).massKg).toBe(massKg);
    expect(resolveTrims([{ id: BUTTON, quantity: 10_001 }]).massKg).toBe(0.001 * 10_001);
  });
});
