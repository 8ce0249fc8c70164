import { describe, expect, it } from 'vitest';
import { countries, countryOf, role, routeBetween } from './catalogue.js';
import { distanceRows } from './figures/figures.js';
import { distributionTransport, finishedTransport, surfaceTransport } from './transport.js';
import { kg } from './units.js';

const rowBetween = (from: string, to: string) =>
  distanceRows.find(([a, b]) => (a === from && b === to) || (a === to && b === from)) ?? [from, to, -1, -1, -1];

describe('routes (METHOD §11.1)', () => {
  it('are the same in both directions, for every pair of countries', () => {
    for (const from of countries)
      for (const to of countries) expect(routeBetween(from, to)).toEqual(routeBetween(to, from));
  });

  // [road km, sea km] of the figures and the road share that the table gives them.
  it('weight road and sea by the road share', () => {
    const shareOf = (roadKm: number, seaKm: number) => {
      if (roadKm === 0) return 0;
      if (seaKm === 0 || roadKm <= 500) return 1;
      if (roadKm < 1000) return 0.9;
      if (roadKm < 2000) return 0.5;
      return roadKm < 3000 ? 0.25 : 0;
    };
    for (const [from, to, roadKm, seaKm, airKm] of distanceRows) {
      const share = shareOf(roadKm, seaKm);
      expect(routeBetween(countryOf(from), countryOf(to)), `${from} ${to}`).toEqual({
        airKm,
        roadKm: roadKm * share,
        seaKm: seaKm * (1 - share),
      });
    }
  });
});

describe('legs (METHOD §11.2)', () => {
  const [bangladesh, france] = [countryOf('BD'), countryOf('FR')];
  const [, , , seaKm, airKm] = rowBetween('BD', 'FR');

  it('carry a mass over the surface', () => {
    expect(surfaceTransport(bangladesh, france, kg(2))).toEqual({
      airKm: 0,
      roadKm: 0,
      seaKm,
      impacts: {
        ecs: 0.002 * seaKm * role.seaTransport.ecs,
        pef: 0.002 * seaKm * role.seaTransport.pef,
      },
    });
  });

  it('share a mass between surface and air', () => {
    const { airKm: byAir, seaKm: bySea, roadKm } = finishedTransport(bangladesh, france, 0.25, kg(1));
    expect([byAir, bySea, roadKm]).toEqual([airKm * 0.25, seaKm * 0.75, 0]);
  });

  it('within a country are 500 km by road, or by air', () => {
    expect(surfaceTransport(france, france, kg(1))).toMatchObject({ airKm: 0, roadKm: 500, seaKm: 0 });
    expect(finishedTransport(france, france, 1, kg(1))).toMatchObject({ airKm: 500, roadKm: 0, seaKm: 0 });
  });

  it('to the shops are 500 km by road', () => {
    expect(distributionTransport(kg(2)).impacts.ecs).toBeCloseTo(role.roadTransport.ecs, 12);
  });
});

it('going by air weighs more than the surface between any two countries', () => {
  for (const from of countries) {
    for (const to of countries) {
      const [surface, air] = [0, 1].map((ratio) => finishedTransport(from, to, ratio, kg(1)).impacts);
      expect(air?.ecs).toBeGreaterThan(surface?.ecs ?? Number.NaN);
      expect(air?.pef).toBeGreaterThan(surface?.pef ?? Number.NaN);
    }
  }
});
