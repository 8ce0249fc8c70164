import type { PredictionRequest } from '@ecobalyse/schema';

/** One fibre of a garment and its share of the mass, 0 to 1. */
export interface GarmentMaterial {
  readonly id: string;
  readonly share: number;
}

/**
 * What a model knows about a garment: the one form that stored documents and prediction requests are turned into.
 *
 * In `known` fields null means "not told": a model averages over what it could be. In `options` and `numbers` null means
 * the method's default, as in a textile query that leaves the field out.
 */
export interface Garment {
  readonly massKg: number | null;
  readonly materials: readonly GarmentMaterial[] | null;
  readonly known: Readonly<Record<KnownField, string | null>>;
  readonly options: Readonly<Record<OptionField, string | null>>;
  readonly numbers: Readonly<Record<NumberField, number | null>>;
}

/** Categories that every garment has. */
export const KNOWN_FIELDS = [
  'product',
  'countrySpinning',
  'countryFabric',
  'countryDyeing',
  'countryMaking',
  'fabricProcess',
] as const;
export type KnownField = (typeof KNOWN_FIELDS)[number];
export const COUNTRY_FIELDS = ['countrySpinning', 'countryFabric', 'countryDyeing', 'countryMaking'] as const;

/** Categories that have a default (METHOD §3.1). */
export const OPTION_FIELDS = [
  'disabledSteps',
  'business',
  'dyeingProcessType',
  'fading',
  'makingComplexity',
  'printing',
  'upcycled',
] as const;
export type OptionField = (typeof OPTION_FIELDS)[number];

/** Numbers that have a default (METHOD §3.1). */
export const NUMBER_FIELDS = [
  'airTransportRatio',
  'makingDeadStock',
  'makingWaste',
  'numberOfReferences',
  'physicalDurability',
  'price',
  'surfaceMass',
  'trims',
  'yarnSize',
] as const;
export type NumberField = (typeof NUMBER_FIELDS)[number];

/** A garment with every field that could be missing filled in. */
export interface WholeGarment extends Garment {
  readonly massKg: number;
  readonly materials: readonly GarmentMaterial[];
  readonly known: Readonly<Record<KnownField, string>>;
}

/** The category of a field that a stored query left to the method. */
const BY_DEFAULT = '(default)';

const text = (value: unknown): string | null =>
  value === null || value === undefined || value === false ? null : String(value);

const number = (value: unknown): number | null => {
  if (value === null || value === undefined || value === '') return null;
  const result = Number(value);
  return Number.isFinite(result) ? result : null;
};

function stages(disabled: unknown): string | null {
  if (!Array.isArray(disabled)) return null;
  return disabled.length === 0 ? null : [...new Set(disabled.map(String))].sort().join('+');
}

function yarnSize(value: unknown): number | null {
  const written = /^(\d+(?:\.\d+)?)(Dtex)?/.exec(String(value ?? ''));
  if (!written) return null;
  // 1 Nm is 1 km per kg and 1 Dtex is 1 g per 10 km (METHOD §3.5).
  return written[2] ? 10_000 / Number(written[1]) : Number(written[1]);
}

/** Shares that add up to 1; the same material named twice counts once. */
function normalised(materials: readonly GarmentMaterial[]): GarmentMaterial[] | null {
  const shares = new Map<string, number>();
  for (const { id, share } of materials) shares.set(id, (shares.get(id) ?? 0) + share);
  const total = [...shares.values()].reduce((sum, share) => sum + share, 0);
  if (!(total > 0)) return null;
  return [...shares]
    .map(([id, share]) => ({ id, share: Math.round((share / total) * 10_000) / 10_000 }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share || (a.id < b.id ? -1 : 1));
}

/** Reads the options and numbers of a textile query (METHOD §3.1). */
function optionsOf(query: Readonly<Record<string, unknown>>): Pick<Garment, 'options' | 'numbers'> {
  const printing = query.printing as { kind?: string; ratio?: number } | null | undefined;
  const trims = query.trims as { quantity?: number }[] | null | undefined;
  return {
    options: {
      disabledSteps: stages(query.disabledSteps),
      business: text(query.business),
      dyeingProcessType: text(query.dyeingProcessType),
      fading: text(query.fading),
      makingComplexity: text(query.makingComplexity),
      printing: printing ? `${printing.kind} ${printing.ratio ?? ''}`.trim() : null,
      upcycled: text(query.upcycled),
    },
    numbers: {
      airTransportRatio: number(query.airTransportRatio),
      makingDeadStock: number(query.makingDeadStock),
      makingWaste: number(query.makingWaste),
      numberOfReferences: number(query.numberOfReferences),
      physicalDurability: number(query.physicalDurability),
      price: number(query.price),
      surfaceMass: number(query.surfaceMass),
      trims: trims ? trims.reduce((sum, { quantity }) => sum + (quantity ?? 1), 0) : null,
      yarnSize: yarnSize(query.yarnSize),
    },
  };
}

/**
 * The garment of a textile query as it was sent upstream (METHOD §3.1).
 *
 * @throws Error naming what a query must have.
 */
export function garmentFromQuery(query: Readonly<Record<string, unknown>>): WholeGarment {
  const massKg = number(query.mass);
  const materials = normalised((query.materials as GarmentMaterial[] | undefined) ?? []);
  if (massKg === null || !(massKg > 0)) throw new Error(`mass: expected a mass in kg above 0, received ${query.mass}`);
  if (!materials) throw new Error('materials: expected at least one material with a share above 0');
  const known = Object.fromEntries(KNOWN_FIELDS.map((field) => [field, text(query[field]) ?? BY_DEFAULT]));
  return { massKg, materials, known: known as Record<KnownField, string>, ...optionsOf(query) };
}

/** The materials of a prediction request, with their shares as told; one that is missing is what the other leaves. */
export function toldMaterials(request: PredictionRequest): GarmentMaterial[] {
  if (request.Materials?.length) return request.Materials;
  const { MaterialId_1: first, MaterialId_2: second } = request;
  const [share1, share2] = [request.MaterialId_1_share ?? null, request.MaterialId_2_share ?? null];
  if (first && second)
    return [
      { id: first, share: share1 ?? (share2 === null ? 0.5 : 1 - share2) },
      { id: second, share: share2 ?? (share1 === null ? 0.5 : 1 - share1) },
    ];
  if (first) return [{ id: first, share: share1 ?? 1 }];
  return second ? [{ id: second, share: share2 ?? 1 }] : [];
}

/**
 * The garment of a prediction request (CONTRACT, "The prediction request"): any field may be null or absent. Spinning
 * is taken to be where the fabric is made unless the request says otherwise.
 */
export function garmentFromRequest(request: PredictionRequest): Garment {
  return {
    massKg: request.Mass ?? null,
    materials: normalised(toldMaterials(request)),
    known: {
      product: request.ProductId || null,
      countrySpinning: request.CountrySpinningCode || request.CountryFabricCode || null,
      countryFabric: request.CountryFabricCode || null,
      countryDyeing: request.CountryDyeingCode || null,
      countryMaking: request.CountryMakingCode || null,
      fabricProcess: request.FabricProcess || null,
    },
    ...optionsOf({
      disabledSteps: request.DisabledSteps,
      airTransportRatio: request.AirTransportRatio,
      business: request.Business,
      makingComplexity: request.MakingComplexity,
      numberOfReferences: request.NumberOfReferences,
      physicalDurability: request.PhysicalDurability,
      price: request.Price,
      surfaceMass: request.SurfaceMass,
    }),
  };
}

/** Garments that one is completed to share its list of materials. */
const compositions = new WeakMap<readonly GarmentMaterial[], string>();

/** The mix of a garment as one category. */
export function composition(materials: readonly GarmentMaterial[]): string {
  let mix = compositions.get(materials);
  if (mix === undefined) {
    mix = materials.map(({ id, share }) => `${id} ${share}`).join(' + ');
    compositions.set(materials, mix);
  }
  return mix;
}
