import { type Country, type Route, role, routeBetween } from './catalogue.js';
import { constants } from './figures/figures.js';
import type { Garment } from './resolve.js';
import { addScores, heldRatio, type Kg, type Km, km, NO_SCORES, type Scores, scores } from './units.js';

/** Distances travelled by each mode, and their impacts (METHOD §11). */
export interface Transport {
  readonly airKm: Km;
  readonly roadKm: Km;
  readonly seaKm: Km;
  readonly impacts: Scores;
}

export const NO_TRANSPORT: Transport = Object.freeze({ airKm: km(0), roadKm: km(0), seaKm: km(0), impacts: NO_SCORES });

const KG_PER_TONNE = 1000;

/** Distances by mode, and the impacts of carrying a mass over them (METHOD §11.1). */
function carry(massKg: number, airKm: number, roadKm: number, seaKm: number): Transport {
  const tonnes = massKg / KG_PER_TONNE;
  const { airTransport: air, roadTransport: road, seaTransport: sea } = role;
  return {
    airKm: km(airKm),
    roadKm: km(roadKm),
    seaKm: km(seaKm),
    impacts: scores(
      tonnes * (roadKm * road.ecs + seaKm * sea.ecs + airKm * air.ecs),
      tonnes * (roadKm * road.pef + seaKm * sea.pef + airKm * air.pef),
    ),
  };
}

/** `leg(a, b, r, M)` of METHOD §11.1, its route being that of `a` and `b`. */
const leg = ({ airKm, roadKm, seaKm }: Route, airRatio: number, massKg: number): Transport =>
  carry(massKg, airKm * airRatio, roadKm * (1 - airRatio), seaKm * (1 - airRatio));

const SURFACE_ONLY = 0;

export const addTransports = (a: Transport, b: Transport): Transport => ({
  airKm: km(a.airKm + b.airKm),
  roadKm: km(a.roadKm + b.roadKm),
  seaKm: km(a.seaKm + b.seaKm),
  impacts: addScores(a.impacts, b.impacts),
});

/** From where each fibre comes to the next stage: distances are a plain sum over fibres (METHOD §11.2, §17.14). */
export function materialTransport({ fibres }: Garment, massKg: Kg, next: Country): Transport {
  let total = NO_TRANSPORT;
  for (const { country, share } of fibres) {
    if (share === 0) continue;
    const one = leg(routeBetween(country, next), SURFACE_ONLY, massKg * share);
    total = total === NO_TRANSPORT ? one : addTransports(total, one);
  }
  return total;
}

/** From a textile stage to the next one (METHOD §11.2). */
export const surfaceTransport = (own: Country, next: Country, massKg: Kg): Transport =>
  leg(routeBetween(own, next), SURFACE_ONLY, massKg);

/** From making to the next stage, partly by air; the mass is that of the finished item (METHOD §11.2). */
export const finishedTransport = (own: Country, next: Country, airRatio: number, massKg: Kg): Transport =>
  leg(routeBetween(own, next), airRatio, massKg);

/** From the warehouse to the shop (METHOD §11.2). */
export const distributionTransport = (massKg: Kg): Transport => carry(massKg, 0, constants.warehouseRoadDistanceKm, 0);

/** Air transport ratio of making (METHOD §11.3). */
export function makingAirRatio({ query, computed, countryMaking }: Garment, durabilityCoefficient: number): number {
  if (!computed.making) return 0;
  if (query.airTransportRatio !== null) return heldRatio(query.airTransportRatio);
  if (countryMaking.reachedBySurface) return 0;
  return durabilityCoefficient >= constants.airTransportDurabilityThreshold
    ? constants.airTransportRatioDurable
    : constants.airTransportRatioOther;
}
