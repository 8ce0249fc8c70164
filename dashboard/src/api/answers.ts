import type { CostPart } from '@ecobalyse/schema';

/** Answers of the API that its packages do not export types of, as far as the pages read them. */

export interface Distribution {
  readonly impact: string;
  readonly unit: string;
  readonly count: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly quartiles: readonly [number, number, number] | null;
  readonly bins: readonly { readonly from: number; readonly to: number; readonly count: number }[];
}

export interface ImpactGroup {
  readonly key: string | null;
  readonly name: string;
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

export interface ImpactsSummary {
  readonly documents: number;
  readonly products: number;
  readonly first_at: string | null;
  readonly last_at: string | null;
  readonly method_versions: readonly string[];
  readonly sources: Readonly<Record<string, number>>;
}

export interface ImpactItem {
  readonly md5_id: string;
  readonly product_id: string;
  readonly product_name: string | null;
  readonly mass: number | null;
  readonly materials: readonly {
    readonly id: string | null;
    readonly name: string | null;
    readonly share: number | null;
    readonly country: string | null;
  }[];
  readonly country_spinning: string | null;
  readonly country_fabric: string | null;
  readonly country_dyeing: string | null;
  readonly country_making: string | null;
  readonly fabric_process: string | null;
  readonly scenario: string | null;
  readonly ecs: number | null;
  readonly pef: number | null;
  readonly durability: number | null;
  readonly days_of_wear: number | null;
  readonly air_transport_ratio: number | null;
  readonly stages: Readonly<Record<CostPart, number | null>>;
  readonly created_at: string | null;
}

export interface ImpactSearch {
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
  readonly items: readonly ImpactItem[];
}

/** A row of `/stats/stages`. */
export interface StageStatistic {
  readonly product_id: string;
  readonly stage: string;
  readonly documents: number;
  readonly mean: number;
  readonly median: number;
  readonly Q1: number;
  readonly Q3: number;
  readonly share: number;
}

/** A row of `/stats/impacts`. */
export interface ImpactStatistic {
  readonly product_id: string;
  readonly impact_type: string;
  readonly Q1: number;
  readonly median: number;
  readonly Q3: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly seuil_min: number;
  readonly seuil_max: number;
}

export interface Simulation {
  readonly ecs: number;
  readonly pef: number;
  readonly method_version: string;
  readonly mass: number;
  readonly product_id: string;
  readonly durability: number;
  readonly days_of_wear: number;
  readonly stages: readonly {
    readonly stage: CostPart;
    readonly label: string;
    readonly ecs: number;
    readonly share: number;
  }[];
  readonly impacts: Readonly<Record<string, number>>;
  readonly md5_id: string;
  readonly exists: boolean;
}

/** An entry of the reference routes. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

/** Of `/stats/summary`. */
export interface StatisticsSummary {
  readonly finishedAt: string;
  readonly documents: number;
}

/** An entry of `/models`. */
export interface ModelVersion {
  readonly version: number;
  readonly family: string;
  readonly trainedAt: string;
  readonly production: boolean;
  readonly runId: string;
  readonly decision: string;
  readonly metrics: Readonly<Record<string, number>>;
}
