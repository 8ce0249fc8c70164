import type * as s from '@ecobalyse/schema';
import {
  type AnalysisQuery,
  type CatalogueOutliers,
  type Effects,
  PORTAL,
  type Scenario,
  type Segments,
  type Sensitivity,
  type Standing,
  type Strata,
  type Words,
} from '@ecobalyse/schema';
import type { z } from 'zod';
import { type GarmentDistribution, SECTOR_DISTRIBUTION } from './distribution.js';
import { effects, FACTORS } from './effects.js';
import { type CatalogueRow, countedOf, type Garment } from './garments.js';
import { outliers } from './outliers.js';
import { segments } from './segments.js';
import { sensitivity } from './sensitivity.js';
import { againstGarments, PORTAL_MEDIANS, PORTAL_SOURCE, standing } from './standing.js';
import { strata } from './strata.js';
import { NAMES } from './words.js';

/** A catalogue as it was read: the products that count, and how many are still to check, or by another version of the method. */
export interface ReadCatalogue {
  readonly id: string;
  readonly name: Words;
  readonly methodVersion: string | null;
  readonly toCheck: number;
  readonly otherVersion: number;
  readonly rows: readonly CatalogueRow[];
}

const GRID = 'reference-grid';

const NOTES = {
  grid: {
    en: 'The reference grid is a design, not a market: each garment is there once for each country and mass, however many are sold. Its intervals tell how precise a figure of so many garments is, no more.',
    fr: 'La grille de référence est un plan d’expérience, pas un marché : chaque vêtement y figure une fois par pays et par masse, quel que soit le nombre vendu. Ses intervalles disent la précision d’un chiffre sur autant de vêtements, rien de plus.',
  },
  lowCost: {
    en: 'The low-cost scenario leaves the use stage out and flies more: its costs do not compare with those of the regular one.',
    fr: 'Le scénario à bas coût ne compte pas l’utilisation et prend plus l’avion : ses coûts ne se comparent pas à ceux du scénario normal.',
  },
  intervals: {
    en: 'Intervals hold 95%: of the mean by Student’s t, of the median by order statistics.',
    fr: 'Intervalles à 95 % : loi de Student pour la moyenne, statistiques d’ordre pour la médiane.',
  },
  paired: {
    en: 'Grid: stored garments are compared that differ in this field only.',
    fr: 'Grille : comparaison de vêtements enregistrés qui ne diffèrent que par ce champ.',
  },
  computed: {
    en: 'Each garment is scored again by the exact method with this field changed, and nothing else.',
    fr: 'Chaque vêtement est recalculé par la méthode exacte en changeant ce champ, et rien d’autre.',
  },
  unpaired: {
    en: 'Only the reference grid has garments in both scenarios.',
    fr: 'Seule la grille de référence a des vêtements dans les deux scénarios.',
  },
  independent: {
    en: 'Inputs are drawn independently; categories are mapped by their quantiles, in the order of the distribution’s file. What lies within its error of 0 may be 0, and may come out negative.',
    fr: 'Les entrées sont tirées indépendamment ; les catégories le sont par leurs quantiles, dans l’ordre du fichier de la distribution. Ce qui est à moins de son erreur de 0 peut être nul, et sortir négatif.',
  },
  unstable: {
    en: 'Segments that are not stable come out otherwise when garments are drawn again: do not name them.',
    fr: 'Des segments instables changent quand on retire les vêtements au sort : ne leur donnez pas de nom.',
  },
  outliers: {
    en: 'Kinds are product types with a family of fibres, of 8 garments or more; bounds are 1.5 interquartile ranges of the logarithms.',
    fr: 'Un groupe est un type de produit avec une famille de fibres, de 8 vêtements au moins ; les bornes sont à 1,5 écart interquartile des logarithmes.',
  },
  portal: {
    en: 'The portal’s medians are those in its code of May 2026, per 100 g: no percentile can be told, and they age.',
    fr: 'Les médianes du portail sont celles de son code de mai 2026, pour 100 g : pas de percentile, et elles vieillissent.',
  },
} as const satisfies Readonly<Record<string, Words>>;
type Note = keyof typeof NOTES;

/** Which products an analysis is of. */
type Selection = Omit<AnalysisQuery, 'per'>;

function notesFor(query: Selection, more: Readonly<Partial<Record<Note, boolean>>>): Words[] {
  const flags = {
    grid: query.catalogue.includes(GRID),
    lowCost: query.scenario === 'low-cost',
    ...more,
  } as Partial<Record<Note, boolean>>;
  return (Object.keys(NOTES) as Note[]).filter((note) => flags[note]).map((note) => NOTES[note]);
}

/** The garments of a catalogue that an analysis is of, and what is told of every catalogue. */
function taken(
  { id, name, methodVersion, toCheck, otherVersion, rows }: ReadCatalogue,
  query: Selection,
  scenario: Scenario | null,
) {
  const counted = countedOf(rows, scenario);
  const { main_material } = query;
  const garments =
    main_material === undefined
      ? counted.garments
      : counted.garments.filter((garment) => garment.main_material === main_material);
  return {
    garments,
    told: {
      id,
      name,
      method_version: methodVersion,
      products: garments.length,
      left_out: {
        to_check: toCheck,
        other_version: otherVersion,
        other_scenario: counted.otherScenario,
        without_figures: counted.withoutFigures,
      },
    },
  };
}

const sideBySide = <Query extends Selection, More>(
  query: Query,
  read: readonly ReadCatalogue[],
  scenario: Scenario | null,
  analyse: (garments: readonly Garment[], id: string) => More,
) =>
  read.map((catalogue) => {
    const { garments, told } = taken(catalogue, query, scenario);
    return { ...told, ...analyse(garments, catalogue.id) };
  });

/** What is asked of each analysis of catalogues. */
export interface AnalysisQueries {
  strata: z.output<typeof s.strataQuery>;
  effects: z.output<typeof s.effectsQuery>;
  segments: z.output<typeof s.segmentsQuery>;
  outliers: z.output<typeof s.catalogueOutliersQuery>;
  standing: z.output<typeof s.standingQuery>;
}
export type AnalysisName = keyof AnalysisQueries;

/** The level that effects are told against: the one that was asked for, or the usual one. */
export const referenceOf = ({ factor, reference }: AnalysisQueries['effects']): string =>
  reference ?? FACTORS[factor].reference;

type Analyses = {
  readonly [Name in AnalysisName]: (query: AnalysisQueries[Name], read: readonly ReadCatalogue[]) => object;
};

/** The analyses of catalogues by name, each from its query and the catalogues as they were read. */
export const ANALYSES = {
  strata(query, read): Strata {
    const scenario = query.by === 'scenario' ? null : query.scenario;
    return {
      per: query.per,
      scenario,
      by: query.by,
      catalogues: sideBySide(query, read, scenario, (garments) => strata(garments, query.per, query.by)),
      notes: notesFor(query, { intervals: true, lowCost: scenario !== 'regular' }),
    };
  },
  effects(query, read): Effects {
    const { factor, per } = query;
    const scenario = factor === 'scenario' ? null : query.scenario;
    const level = referenceOf(query);
    const catalogues = sideBySide(query, read, scenario, (garments, id) =>
      effects(garments, factor, level, per, id === GRID),
    );
    return {
      per,
      scenario,
      factor,
      reference: { level, name: NAMES[factor](level) },
      catalogues,
      notes: notesFor(query, {
        paired: catalogues.some(({ how }) => how === 'paired'),
        computed: factor !== 'scenario' && catalogues.some(({ how }) => how === 'computed'),
        unpaired: factor === 'scenario' && catalogues.some(({ how }) => how === 'computed'),
      }),
    };
  },
  segments(query, read): Segments {
    const catalogues = sideBySide(query, read, query.scenario, (garments) => segments(garments, query.of, query.seed));
    return {
      scenario: query.scenario,
      of: query.of,
      catalogues,
      notes: notesFor(query, { unstable: catalogues.some(({ stability }) => stability?.stable === false) }),
    };
  },
  outliers(query, read): CatalogueOutliers {
    return {
      per: query.per,
      scenario: query.scenario,
      catalogues: sideBySide(query, read, query.scenario, (garments) => outliers(garments, query.per, query.limit)),
      notes: notesFor(query, { outliers: true }),
    };
  },
  /** The catalogue to compare with is the last one that was read, unless that is the portal. */
  standing(query, read): Standing {
    const { limit, id = [], scenario } = query;
    const isPortal = query.against === PORTAL;
    const per = isPortal ? '100g' : query.per;
    const other = isPortal ? undefined : read.at(-1);
    const against = other ? againstGarments(other.name, countedOf(other.rows, scenario).garments) : PORTAL_MEDIANS;
    return {
      per,
      scenario,
      against: { id: query.against, name: against.name, source: isPortal ? PORTAL_SOURCE : null },
      catalogues: sideBySide(query, other ? read.slice(0, -1) : read, scenario, (garments) =>
        standing(garments, against, per, limit, id),
      ),
      notes: notesFor(query, { portal: isPortal, grid: query.catalogue.includes(GRID) || query.against === GRID }),
    };
  },
} as const satisfies Analyses;

/** The sensitivity of the method, over the distribution of the sector unless another is given. */
export function analyseSensitivity(
  { product, per, n, seed }: z.output<typeof s.sensitivityQuery>,
  distribution: GarmentDistribution = SECTOR_DISTRIBUTION,
): Sensitivity {
  return {
    ...sensitivity(distribution, { product: product ?? null, per, n, seed }),
    notes: [NOTES.independent],
  };
}
