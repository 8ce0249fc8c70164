import { type Garment, garmentOf, type Peers, told } from '@ecobalyse/comparison';
import { judge } from '@ecobalyse/plausibility';
import { toImpactItem } from '@ecobalyse/product-documents';
import {
  type BuiltInCatalogue,
  type ComparedProduct,
  isBuiltIn,
  type Language,
  MOST_ITEM_CHARACTERS,
  type Words,
  warningsIn,
} from '@ecobalyse/schema';
import {
  countFound,
  countInCatalogue,
  findCatalogueProducts,
  type SearchBounds,
  type Store,
  searchCatalogue,
  searchImpacts,
  type Viewer,
} from '@ecobalyse/store';
import { methodVersion, TextileQueryError } from '@ecobalyse/textile-method';
import { ownCatalogue } from './catalogue-views.js';

/** A product that is compared, as it is known to us. */
export interface KnownGarment
  extends Pick<ComparedProduct, 'name' | 'md5_id' | 'catalogue' | 'product' | 'stored_ecs'> {
  readonly query: Readonly<Record<string, unknown>>;
  /** Of the extraction that drew it. */
  readonly scenario: string | null;
}

/** Whether a query is longer than what may be worked out thousands of times. */
export const isTooLong = (query: KnownGarment['query']): boolean => JSON.stringify(query).length > MOST_ITEM_CHARACTERS;

/** A garment that somebody describes. */
export const described = (query: Readonly<Record<string, unknown>>, name: string | null = null): KnownGarment => ({
  ...{ name, md5_id: null, catalogue: null, product: null, stored_ecs: null, scenario: null },
  query,
});

type Stored = Awaited<ReturnType<typeof searchImpacts>>[number];
type OfCatalogue = Awaited<ReturnType<typeof searchCatalogue>>[number];

function ofDocument(document: Stored): KnownGarment {
  const { md5_id, ecs, scenario } = toImpactItem(document);
  const { query = {} } = (document._platform ?? {}) as { query?: KnownGarment['query'] };
  return { ...described(query), md5_id, stored_ecs: ecs, scenario };
}

const ofCatalogue = ({ _id, catalogue, reference, content }: OfCatalogue): KnownGarment => ({
  ...described(content?.query ?? {}, content?.name ?? reference),
  ...{ catalogue, product: _id, stored_ecs: content?.ecs ?? null },
});

const BY_IDENTITY = { by: 'md5_id', descending: false };

/** A document, by its identity; null when there is none. */
export async function documentGarment(
  store: Store,
  md5Id: string,
  bounds: SearchBounds = {},
): Promise<KnownGarment | null> {
  const [found] = await searchImpacts(store, { md5Id }, { order: BY_IDENTITY, offset: 0, limit: 1 }, bounds);
  return found ? ofDocument(found) : null;
}

/** A product of a catalogue; null when there is none. @throws RefusedError when its viewer sees no such catalogue. */
export async function catalogueGarment(
  store: Store,
  viewer: Viewer,
  catalogue: string,
  product: string,
): Promise<KnownGarment | null> {
  if (isBuiltIn(catalogue)) return documentGarment(store, product);
  await ownCatalogue(store, viewer, catalogue);
  const [found] = await findCatalogueProducts(store, catalogue, [product]);
  return found?.live ? ofCatalogue(found) : null;
}

/** What is told of a garment that is compared. */
export function comparedView(known: KnownGarment, garment: Garment, language: Language): ComparedProduct {
  const { scenario: _, ...facts } = known;
  const { simulation, costs, parts } = garment;
  return {
    ...facts,
    product_id: garment.query.product,
    mass: garment.query.mass,
    durability: simulation.durability.coefficient,
    days_of_wear: simulation.durability.wearDays,
    ecs: costs.item,
    costs: told(costs),
    parts,
    warnings: warningsIn(judge(known.query, { answer: { impacts: { ecs: costs.item } } }), language),
  };
}

/** Who stands around a garment, as a sentence goes on. */
const OF_BUILT_IN: Readonly<Record<BuiltInCatalogue, Words>> = {
  'reference-grid': { fr: 'de la grille de référence', en: 'of the reference grid' },
  api: { fr: 'des produits ajoutés sans catalogue', en: 'of the products added without a catalogue' },
};

const ofOwn = ({ name }: { readonly name: string }): Words => ({ fr: `de « ${name} »`, en: `of “${name}”` });

/** Fewer garments of a type have no middle worth the name. */
const LEAST_PEERS = 3;
/** Costs that differ by less are the same, as parts of them. */
const SAME = 1e-9;
/** The scenario in which the grid counts every stage. */
const WHOLE_LIFE = 'regular';

/** A garment that others are compared to; null for one that the method of this platform does not take, or not thousands of times. */
function comparable({ query }: KnownGarment): Garment | null {
  if (isTooLong(query)) return null;
  try {
    return garmentOf(query);
  } catch (error) {
    if (error instanceof TextileQueryError) return null;
    throw error;
  }
}

/** The garments of a type that count in a catalogue, and the one in the middle of them; null when they are too few. */
export async function peersOf(
  store: Store,
  viewer: Viewer,
  against: string,
  { query, costs }: Garment,
  scenario: string | null,
  bounds: SearchBounds,
): Promise<(Peers & { readonly known: KnownGarment }) | null> {
  // The cost is worked out by the method of this platform: those by another version of it compare with nothing.
  const filter = { products: [query.product], state: 'counted' as const, countedVersion: methodVersion };
  const ascending = { by: 'ecs' as const, descending: false };
  const of = isBuiltIn(against) ? OF_BUILT_IN[against] : ofOwn(await ownCatalogue(store, viewer, against));
  const search = isBuiltIn(against)
    ? {
        // Scenarios leave different stages out: one is never compared to the other.
        filter: {
          ...filter,
          catalogue: against,
          ...(against === 'reference-grid' && { scenario: scenario ?? WHOLE_LIFE }),
        },
        count: (narrowed: object) => countFound(store, narrowed, bounds),
        at: async (narrowed: object, offset: number) =>
          (await searchImpacts(store, narrowed, { order: ascending, offset, limit: 1 }, bounds)).map(ofDocument),
      }
    : {
        filter,
        count: (narrowed: object) => countInCatalogue(store, against, narrowed, bounds),
        at: async (narrowed: object, offset: number) =>
          (await searchCatalogue(store, against, narrowed, { order: ascending, offset, limit: 1 }, bounds)).map(
            ofCatalogue,
          ),
      };
  const [count, dearer, cheaper] = await Promise.all([
    search.count(search.filter),
    search.count({ ...search.filter, minEcs: costs.item * (1 + SAME) }),
    search.count({ ...search.filter, maxEcs: costs.item * (1 - SAME) }),
  ]);
  if (count < LEAST_PEERS) return null;
  const [known] = await search.at(search.filter, (count - 1) >> 1);
  const median = known === undefined ? null : comparable(known);
  if (known === undefined || median === null) return null;
  return {
    known,
    of,
    count,
    median,
    place: dearer === 0 ? 'dearest' : cheaper === 0 ? 'cheapest' : null,
  };
}
