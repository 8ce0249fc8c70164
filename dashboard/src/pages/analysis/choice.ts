import { COST_UNITS, type CostUnit, SCENARIOS, type Scenario } from '@ecobalyse/schema/vocabulary';
import { useSearchParams } from '../../router.js';

/** What all analyses are of: chosen once, for each of them. */
export interface Choice {
  /** Ids of catalogues, side by side. */
  readonly catalogue: readonly string[];
  readonly per: CostUnit;
  readonly scenario: Scenario;
  /** Product type; empty for all. */
  readonly product: string;
}

export const GRID = 'reference-grid';
/** As many as the API puts side by side. */
export const MOST_CATALOGUES = 5;

const STORAGE_KEY = 'ecobalyse.choice';
const NAMES = ['catalogue', 'per', 'scenario', 'product'] as const;

type Values = Record<(typeof NAMES)[number], readonly string[]>;

const valuesOf = (search: URLSearchParams): Values =>
  Object.fromEntries(NAMES.map((name) => [name, search.getAll(name)])) as unknown as Values;

/** What the address says; the usual is not written. */
const writtenOf = ({ catalogue, per, scenario, product }: Choice): Values => ({
  catalogue: catalogue.join() === GRID ? [] : catalogue,
  per: per === COST_UNITS[0] ? [] : [per],
  scenario: scenario === SCENARIOS[0] ? [] : [scenario],
  product: product === '' ? [] : [product],
});

const textOf = (values: Values) =>
  new URLSearchParams(NAMES.flatMap((name) => values[name].map((value) => [name, value]))).toString();

function choiceOf({ catalogue, per, scenario, product }: Values): Choice {
  const chosen = [...new Set(catalogue)].slice(0, MOST_CATALOGUES);
  return {
    catalogue: chosen.length > 0 ? chosen : [GRID],
    per: COST_UNITS.find((unit) => unit === per[0]) ?? COST_UNITS[0],
    scenario: SCENARIOS.find((name) => name === scenario[0]) ?? SCENARIOS[0],
    product: product[0] ?? '',
  };
}

/**
 * The choice that the address tells; of an address that tells none, the last one of this session, which `restore` puts there.
 * `choose` changes some of it, and begins lists anew.
 */
export function useChoice() {
  const [search, setSearch] = useSearchParams();
  const given = textOf(valuesOf(search));
  const kept = sessionStorage.getItem(STORAGE_KEY) ?? '';
  const choice = choiceOf(valuesOf(new URLSearchParams(given || kept)));
  const choose = (changes: Partial<Choice>) => {
    const values = writtenOf({ ...choice, ...changes });
    sessionStorage.setItem(STORAGE_KEY, textOf(values));
    setSearch({ ...values, page: '' });
  };
  return { choice, choose, restore: () => (given || kept) !== '' && choose({}) };
}

/** Parameters of a request for the products of a choice. */
export const asked = ({ catalogue, per, scenario, product }: Choice) => ({ catalogue, per, scenario, product });
