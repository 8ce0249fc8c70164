import { createHash } from 'node:crypto';
import { toImpactDocument } from '@ecobalyse/product-documents';
import {
  type DetailedSimulation,
  FABRIC_PROCESSES,
  type ImpactDocument,
  type Json,
  SCENARIOS,
} from '@ecobalyse/schema';
import { listCountries, listMaterials, listProducts, methodVersion, simulateDetailed } from '@ecobalyse/textile-method';

/** Mulberry32: a small seeded generator of numbers in [0, 1). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Garments that are simulated; more documents are made of them, since simulating takes longer than everything else. */
const SIMULATED = 20_000;

/** A document like another one: of an identity and content of its own, and with impacts that differ by up to a tenth. */
function variantOf(document: ImpactDocument, index: number, random: () => number): ImpactDocument {
  const hash = createHash('sha256').update(String(index)).digest('hex');
  const factor = 0.9 + random() * 0.2;
  const { ecs, pef } = document.impacts;
  const impacts = { ...document.impacts, ecs: ecs * factor, pef: Number(pef) * factor };
  const _platform = { ...document._platform, contentHash: hash };
  return { ...document, md5_id: hash.slice(0, 32), impacts, _platform };
}

/**
 * Documents of `impacts` as extraction stores them, drawn with a fixed seed. All of them differ.
 */
export function* garmentDocuments(count: number): Generator<ImpactDocument> {
  const random = seededRandom(20_240_701);
  const simulated: ImpactDocument[] = [];
  for (const document of simulatedDocuments(Math.min(count, SIMULATED), random)) {
    // A copy: the driver adds an _id to what it inserts.
    simulated.push({ ...document });
    yield document;
  }
  for (let index = simulated.length; index < count; index += 1) {
    yield variantOf(simulated[index % simulated.length] as ImpactDocument, index, random);
  }
}

/** Simulated garments: each product type, one or two materials, any country, process and mass. */
function* simulatedDocuments(count: number, random: () => number): Generator<ImpactDocument> {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const products = listProducts().map(({ id }) => id);
  const materials = listMaterials().map(({ id }) => id);
  const countries = listCountries().map(({ code }) => code);
  for (let index = 0; index < count; index += 1) {
    const first = pick(materials);
    const second = pick(materials);
    const share = Math.round(50 + random() * 49) / 100;
    const country = pick(countries);
    const scenario = pick(SCENARIOS);
    const query: Record<string, Json> = {
      mass: 0.1 + Math.round(random() * 1e9) / 1e9,
      materials:
        first === second
          ? [{ id: first, share: 1 }]
          : [
              { id: first, share },
              { id: second, share: Math.round((1 - share) * 100) / 100 },
            ],
      product: pick(products),
      countrySpinning: country,
      countryFabric: pick(countries),
      countryDyeing: country,
      countryMaking: pick(countries),
      fabricProcess: pick(FABRIC_PROCESSES),
      ...(scenario === 'low-cost' && { disabledSteps: ['use'], airTransportRatio: 0.33 }),
    };
    yield toImpactDocument({
      query,
      answer: simulateDetailed(query) as unknown as DetailedSimulation,
      source: 'extraction',
      scenario,
      methodVersion,
      runId: 'bench',
    });
  }
}
