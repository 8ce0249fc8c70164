import { CHECK_STATES, COST_PARTS, type CostPart, type Finding, type ImpactItem } from '@ecobalyse/schema';
import { fieldsOf, textOf } from './fields.js';
import { type FlatSource, findingsOf, flattenImpact, materialCountry } from './flat-impact.js';

/** The line of a table that a document is, before it is told in a language. */
export type KeptItem = Omit<ImpactItem, 'warnings'> & { warnings: Finding[] };

/** The line of a table that a document is, from the fields that a search reads, or whole; without when and by what it was made. */
export function itemFields(document: FlatSource): Omit<KeptItem, 'created_at' | 'method_version'> {
  const { row } = flattenImpact(document);
  const numberAt = (column: string) => row[column] as number | null;
  const textAt = (column: string) => row[column] as string | null;
  const { materials } = fieldsOf(document.inputs);
  const platform = fieldsOf(document._platform);
  return {
    md5_id: textAt('md5_id'),
    product_id: textAt('product_id'),
    product_name: textAt('product_name'),
    mass: numberAt('mass'),
    materials: (Array.isArray(materials) ? materials : []).map((entry: unknown) => {
      const { material, share, country } = fieldsOf(entry);
      const { id, name } = fieldsOf(material);
      return {
        id: textOf(id),
        name: textOf(name),
        share: typeof share === 'number' ? share : null,
        country: materialCountry(country),
      };
    }),
    country_spinning: textAt('country_spinning'),
    country_fabric: textAt('country_fabric'),
    country_dyeing: textAt('country_dyeing'),
    country_making: textAt('country_making'),
    fabric_process: textAt('fabric_process'),
    scenario: textAt('scenario'),
    ecs: numberAt('ecs'),
    pef: numberAt('pef'),
    durability: numberAt('durability'),
    days_of_wear: numberAt('days_of_wear'),
    air_transport_ratio: numberAt('air_share'),
    stages: Object.fromEntries(COST_PARTS.map((part) => [part, numberAt(`cost_${part}`)])) as Record<
      CostPart,
      number | null
    >,
    state: CHECK_STATES.find((state) => state === platform.state) ?? null,
    warnings: findingsOf(platform),
  };
}

/** The same, and when and by which version of the method. */
export function toImpactItem(document: FlatSource): KeptItem {
  const { createdAt, methodVersion } = fieldsOf(document._platform);
  return { ...itemFields(document), method_version: textOf(methodVersion), created_at: textOf(createdAt) };
}
