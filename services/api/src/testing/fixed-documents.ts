import { toImpactDocument } from '@ecobalyse/product-documents';
import type { DetailedSimulation, ImpactDocument, Json, PlatformFields, Scenario } from '@ecobalyse/schema';
import { methodVersion, simulateDetailed } from '@ecobalyse/textile-method';

type Materials = readonly { id: string; share: number; country?: string }[];

interface Garment {
  product: string;
  mass: number;
  materials: Materials;
  country: string;
  making?: string;
  process: string;
  source: PlatformFields['source'];
  scenario: Scenario | null;
}

const cotton: Materials = [{ id: 'ei-coton', share: 1, country: 'FR' }];
const blend: Materials = [
  { id: 'ei-coton', share: 0.7 },
  { id: 'ei-pet', share: 0.3 },
];
const wool: Materials = [{ id: 'ei-laine-par-defaut', share: 1 }];
const extracted = (scenario: Scenario) => ({ source: 'extraction' as const, scenario });
const added = { source: 'api' as const, scenario: null };

const GARMENTS: readonly Garment[] = [
  { product: 'tshirt', mass: 0.17, materials: cotton, country: 'CN', process: 'knitting-mix', ...extracted('regular') },
  {
    product: 'tshirt',
    mass: 0.15,
    materials: cotton,
    country: 'FR',
    process: 'knitting-mix',
    ...extracted('low-cost'),
  },
  { product: 'tshirt', mass: 0.2, materials: blend, country: 'CN', making: 'BD', process: 'weaving', ...added },
  { product: 'jean', mass: 0.65, materials: blend, country: 'BD', process: 'weaving', ...extracted('regular') },
  { product: 'jean', mass: 0.85, materials: cotton, country: 'CN', process: 'weaving', ...extracted('low-cost') },
  { product: 'pull', mass: 0.5, materials: wool, country: 'FR', process: 'knitting-straight', ...extracted('regular') },
];

/** The types and countries that the original's README asks for, beside those above. */
const GARMENTS_OF_README: readonly Garment[] = [
  { product: 'chemise', mass: 0.2, materials: cotton, country: 'CN', process: 'weaving', ...extracted('regular') },
  // Of which the heaviest is an outlier.
  ...[0.9, 0.92, 0.94, 0.96, 0.98, 9].map((mass) => ({
    ...{ product: 'manteau', mass, materials: wool, country: 'FR', process: 'weaving' },
    ...extracted('regular'),
  })),
];

const FIRST_DAY = Date.UTC(2026, 0, 1, 12);
const DAY_MS = 86_400_000;

/** A few garments as the method of this platform computes them, each added a day after the one before, ordered by identity. */
export const fixedDocuments = (): ImpactDocument[] => documentsOf(GARMENTS);

/** The same, and what the commands of the original's README need. */
export const readmeDocuments = (): ImpactDocument[] => documentsOf([...GARMENTS, ...GARMENTS_OF_README]);

function documentsOf(garments: readonly Garment[]): ImpactDocument[] {
  return garments
    .map(({ product, mass, materials, country, making = country, process, source, scenario }, index) => {
      const query: Record<string, Json> = {
        mass,
        materials: materials.map((entry) => ({ ...entry, country: entry.country ?? null })),
        product,
        countrySpinning: country,
        countryFabric: country,
        countryDyeing: country,
        countryMaking: making,
        fabricProcess: process,
      };
      const answer = simulateDetailed(query) as unknown as DetailedSimulation;
      const addedAt = new Date(FIRST_DAY + index * DAY_MS);
      return toImpactDocument({ query, answer, source, scenario, methodVersion, runId: null }, addedAt);
    })
    .sort((a, b) => (a.md5_id < b.md5_id ? -1 : 1));
}
