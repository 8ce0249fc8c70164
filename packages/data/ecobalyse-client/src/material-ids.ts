import { type DetailedSimulation, MATERIAL_UUIDS, type NamedItem } from '@ecobalyse/schema';
import { listMaterials } from '@ecobalyse/textile-method';

/** The materials that upstream has by another id: since version 8 the official API has UUIDs. */
export interface MaterialIds {
  readonly toTheirs: ReadonlyMap<string, string>;
  readonly toOurs: ReadonlyMap<string, string>;
}

const comparable = (name: string) => name.trim().toLowerCase();

const OURS: ReadonlyMap<string, string> = new Map(listMaterials().map(({ id, name }) => [id, comparable(name)]));

/**
 * Finds out of upstream's list which of our ids it knows by another: by the UUIDs of the official API, else by its name. An id
 * that it lists needs no other.
 */
export function compareMaterials(theirs: readonly NamedItem[]): MaterialIds {
  const idsByName = new Map(theirs.map(({ id, name }) => [comparable(name), id]));
  const listed = new Set(theirs.map(({ id }) => id));
  const pairs = [...OURS].flatMap(([id, name]): [ours: string, theirs: string][] => {
    const uuid = MATERIAL_UUIDS[id];
    const other = uuid !== undefined && listed.has(uuid) ? uuid : idsByName.get(name);
    return other === undefined || listed.has(id) ? [] : [[id, other]];
  });
  return { toTheirs: new Map(pairs), toOurs: new Map(pairs.map(([ours, other]) => [other, ours])) };
}

/** Whether upstream has its materials by the ids that it was known by; where none were known, by ours. */
export const haveSameIds = ({ toTheirs }: MaterialIds, known: MaterialIds | undefined): boolean =>
  [...toTheirs].every(([ours, theirs]) => known?.toTheirs.get(ours) === theirs) &&
  toTheirs.size === (known?.toTheirs.size ?? 0);

type Entry = { readonly id?: unknown };

const entriesOf = (query: object): readonly Entry[] => {
  const { materials } = query as { materials?: unknown };
  return Array.isArray(materials) ? materials : [];
};

/** The materials of a query that the method knows, each with the id that upstream is sent for it. */
export function ourMaterials(query: object, ids?: MaterialIds): [ours: string, sent: string][] {
  const named = entriesOf(query).map(({ id }) => id as string);
  return named.filter((id) => OURS.has(id)).map((id) => [id, ids?.toTheirs.get(id) ?? id]);
}

/** A query with upstream's ids; the query itself when they are ours. */
export function withTheirIds(query: object, { toTheirs }: MaterialIds): object {
  const entries = entriesOf(query);
  if (!entries.some(({ id }) => toTheirs.has(id as string))) return query;
  return {
    ...query,
    materials: entries.map((entry) => ({ ...entry, id: toTheirs.get(entry.id as string) ?? entry.id })),
  };
}

/** An answer with our ids, so that what is stored stays comparable whatever upstream's version; the answer itself when it has them. */
export function withOurIds(answer: DetailedSimulation, { toOurs }: MaterialIds): DetailedSimulation {
  if (!answer.inputs.materials.some(({ material }) => toOurs.has(material.id))) return answer;
  const materials = answer.inputs.materials.map((entry) => {
    const id = toOurs.get(entry.material.id);
    return id === undefined ? entry : { ...entry, material: { ...entry.material, id } };
  });
  return { ...answer, inputs: { ...answer.inputs, materials } };
}
