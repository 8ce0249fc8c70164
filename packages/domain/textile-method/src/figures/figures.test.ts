import {
  BUSINESSES,
  DYEING_PROCESS_TYPES,
  FABRIC_PROCESSES,
  IMPACT_UNITS,
  MAKING_COMPLEXITIES,
  PRINTING_KINDS,
  SPINNING_TECHNIQUES,
  STAGE_CODES,
} from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import { impactDefinitions, methodVersion, provenance } from '../index.js';
import {
  constants,
  countryFigures,
  distanceRows,
  dyeingFigures,
  fabricFigures,
  materialFigures,
  printingFigures,
  processFigures,
  productFigures,
  roles,
  spinningFigures,
  stageFigures,
  trimFigures,
} from './figures.js';

const sorted = (values: readonly string[]) => [...values].sort();

describe('figures', () => {
  it('say which method they are of', () => {
    expect(methodVersion).toBe('7.0.0');
    expect(provenance.source).toContain(methodVersion);
  });

  it('use the vocabularies of queries', () => {
    expect(impactDefinitions.map(({ code, unit }) => [code, unit])).toEqual(Object.entries(IMPACT_UNITS));
    expect(stageFigures.map(({ code }) => code)).toEqual([...STAGE_CODES]);
    expect(sorted(fabricFigures.map(({ id }) => id))).toEqual(sorted(FABRIC_PROCESSES));
    expect(sorted(Object.keys(dyeingFigures))).toEqual(sorted(DYEING_PROCESS_TYPES));
    expect(sorted(Object.keys(printingFigures))).toEqual(sorted(PRINTING_KINDS));
    expect(sorted(Object.keys(spinningFigures))).toEqual(sorted(SPINNING_TECHNIQUES));
    expect(sorted(Object.keys(constants.makingComplexityMinutes))).toEqual(sorted(MAKING_COMPLEXITIES));
    expect(sorted(Object.keys(constants.durability.business))).toEqual(sorted(BUSINESSES));
  });

  it('name only processes, countries, materials and trims that they have', () => {
    const used = [
      ...Object.values(roles),
      ...countryFigures.flatMap(({ electricityProcessId, heatProcessId }) => [electricityProcessId, heatProcessId]),
      ...materialFigures.flatMap(({ processId, recycledProcessId }) => [processId, recycledProcessId ?? processId]),
      ...productFigures.map(({ use }) => use.careProcessId),
      ...fabricFigures.map(({ processId }) => processId),
      ...trimFigures.flatMap(({ elements }) => elements.map(({ processId }) => processId)),
    ];
    expect(used.filter((id) => !(id in processFigures))).toEqual([]);

    const codes = countryFigures.map(({ code }) => code);
    expect(materialFigures.filter(({ defaultCountry }) => !codes.includes(defaultCountry))).toEqual([]);
    const materialIds = materialFigures.map(({ id }) => id);
    expect(materialFigures.filter(({ recycledFrom }) => recycledFrom && !materialIds.includes(recycledFrom))).toEqual(
      [],
    );
    const trimIds = trimFigures.map(({ id }) => id);
    expect(productFigures.flatMap(({ trims }) => trims).filter(({ id }) => !trimIds.includes(id))).toEqual([]);
  });

  it('have one distance for each pair of countries, own country included', () => {
    const codes = countryFigures.map(({ code }) => code);
    const pairs = distanceRows.map(([from, to]) => [from, to].sort().join());
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(pairs).toHaveLength((codes.length * (codes.length + 1)) / 2);
  });

  it('are positive, ratios below 1', () => {
    for (const [id, { ecsPerUnit, pefPerUnit, wasteRatio = 0 }] of Object.entries(processFigures)) {
      expect([ecsPerUnit >= 0, pefPerUnit >= 0, wasteRatio >= 0 && wasteRatio < 1], id).toEqual([true, true, true]);
    }
  });
});
