/**
 * Physical units of the values that travel between the sections of the method.
 *
 * A branded number can be used wherever a number is expected, but a mass cannot be passed for an energy: the compiler
 * refuses it. Inside a formula values are plain numbers; the constructors below name the unit of its result.
 */
declare const unit: unique symbol;
type Quantity<Unit extends string> = number & { readonly [unit]: Unit };

export type Kg = Quantity<'kg'>;
export type KWh = Quantity<'kWh'>;
/** Megajoules of heat. */
export type MJ = Quantity<'MJ'>;
export type Km = Quantity<'km'>;
/** Micropoints of a single score. */
export type Pts = Quantity<'Pts'>;
/** Metric yarn number: km of yarn per kg. */
export type Nm = Quantity<'Nm'>;
export type GramsPerM2 = Quantity<'g/m²'>;
export type KgPerM2 = Quantity<'kg/m²'>;

export const kg = (value: number): Kg => value as Kg;
export const kWh = (value: number): KWh => value as KWh;
export const mj = (value: number): MJ => value as MJ;
export const km = (value: number): Km => value as Km;
export const pts = (value: number): Pts => value as Pts;
export const gramsPerM2 = (value: number): GramsPerM2 => value as GramsPerM2;

/** A yarn size in Nm, held as kilometres per kilogram (METHOD §1.3 rule 4). */
export const yarnSizeFromNm = (value: number): Nm => (0.001 * (1000 * value)) as Nm;

/** A yarn size in Dtex, held as kilometres per kilogram (METHOD §1.3 rule 4). */
export const yarnSizeFromDtex = (value: number): Nm => (0.001 * (10_000 / (0.001 * value))) as Nm;

/** A surface mass held in kg/m² (METHOD §1.3 rule 4). */
export const surfaceMassInKg = (surfaceMass: GramsPerM2): KgPerM2 => (0.001 * surfaceMass) as KgPerM2;

/** A ratio held as a percentage and used as a ratio: visible in answers and in half-way roundings (METHOD §1.3 rule 3). */
export const heldRatio = (ratio: number): number => (100 * ratio) / 100;

/** The two indicators that have published figures (METHOD §1.1). They are independent: neither is rebuilt from the other. */
export interface Scores {
  readonly ecs: Pts;
  readonly pef: Pts;
}

export const scores = (ecs: number, pef: number): Scores => ({ ecs: pts(ecs), pef: pts(pef) });

export const addScores = (a: Scores, b: Scores): Scores => scores(a.ecs + b.ecs, a.pef + b.pef);

export const NO_SCORES: Scores = Object.freeze(scores(0, 0));
