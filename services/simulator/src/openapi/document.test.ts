import { expect, it } from 'vitest';
import { openApiDocument } from './document.js';

interface Schema {
  $ref?: string;
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  [bound: string]: unknown;
}
interface Operation {
  operationId: string;
  tags: string[];
  parameters?: { name: string; in: string; required?: boolean; schema: { enum?: string[]; default?: unknown } }[];
  requestBody?: { required?: boolean; content: Record<string, unknown> };
  responses: Record<string, { content: Record<string, { schema: Schema }> }>;
}
const { paths, components } = openApiDocument('https://simulator.example') as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

const BOUNDS = ['minimum', 'exclusiveMinimum', 'maximum', 'minItems', 'maxItems', 'minLength', 'format'];

/** A type in a line; a field that may be absent has a question mark. */
function typeOf({
  $ref,
  anyOf,
  enum: values,
  const: only,
  type,
  items,
  properties,
  required = [],
  ...rest
}: Schema): string {
  if ($ref) return $ref.split('/').at(-1) as string;
  if (anyOf) return anyOf.map(typeOf).join(' | ');
  if (values) return values.length < 9 ? values.join('/') : `one of ${values.length}`;
  if (only !== undefined) return `= ${only}`;
  // Those of integers as such tell nothing.
  const bounds = BOUNDS.flatMap((bound) =>
    rest[bound] === undefined || Math.abs(rest[bound] as number) > 2 ** 52 ? [] : [` ${bound} ${rest[bound]}`],
  );
  if (items) return `[${typeOf(items)}]${bounds.join('')}`;
  // What impacts there are is told by a package.
  if (properties?.acd) return 'impacts';
  if (!properties) return `${type}${bounds.join('')}`;
  const fields = Object.entries(properties).map(
    ([name, field]) => `${name}${required.includes(name) ? '' : '?'}: ${typeOf(field)}`,
  );
  return `{ ${fields.join(', ')} }`;
}

/** What has to be sent is marked by an exclamation mark. */
const shown = ({ operationId, tags, parameters = [], requestBody, responses }: Operation) =>
  [
    `${operationId} of ${tags}`,
    ...parameters.map(({ name, in: place, required, schema }) => {
      const values = schema.enum && schema.enum.length < 5 ? `: ${schema.enum}` : '';
      return `${place} ${name}${required ? '!' : ''}${values}${schema.default === undefined ? '' : ` = ${schema.default}`}`;
    }),
    ...(requestBody ? [`body${requestBody.required ? '!' : ''} ${Object.keys(requestBody.content)}`] : []),
    ...Object.entries(responses).map(
      ([status, { content }]) =>
        `${status} ${Object.entries(content).map(([type, { schema }]) => `${type} ${typeOf(schema)}`)}`,
    ),
  ].join('; ');

it('the document of the API tells what each operation takes and answers', () => {
  const told = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => `${method} ${path}: ${shown(operation)}`),
  );
  expect(told).toMatchInlineSnapshot(`
    [
      "get /: documentation of Documentation; 200 application/json object",
      "get /textile/countries: countries of Listes; 200 application/json CountryList",
      "get /textile/materials: materials of Listes; 200 application/json NamedList",
      "get /textile/products: products of Listes; 200 application/json NamedList",
      "get /textile/trims: trims of Listes; 200 application/json NamedList",
      "post /textile/simulator: simulate of Simulateur; body! application/json; 200 application/json SimpleSimulation; 400 application/json Error; 404 application/json Error; 413 application/json Error",
      "post /textile/simulator/detailed: simulateDetailed of Simulateur; body! application/json; 200 application/json DetailedSimulation; 400 application/json Error; 404 application/json Error; 413 application/json Error",
      "post /textile/simulator/{impact}: simulateImpact of Simulateur; path impact!; body! application/json; 200 application/json SingleImpactSimulation; 400 application/json Error; 404 application/json Error; 413 application/json Error",
      "post /textile/simulator/batch: simulateBatch of Simulateur; query answer: detailed,simple = detailed; query zeros: kept,omitted = kept; query impact; body! application/x-ndjson,application/json; 200 application/x-ndjson DetailedSimulation | SimpleSimulation | SingleImpactSimulation | BatchErrorLine,application/bson string format binary; 400 application/json Error; 413 application/json Error",
    ]
  `);
});

it('and of what types all fields are', () => {
  const types = Object.entries(components.schemas).map(([name, schema]) => `${name}: ${typeOf(schema)}`);
  expect(types).toMatchInlineSnapshot(`
    [
      "Complements: { cropDiversity: number, hedges: number, livestockDensity: number, microfibers: number, outOfEuropeEOL: number, permanentPasture: number, plotSize: number }",
      "Country: { code: string, name: string, aquaticPollutionScenario: Best/Average/Worst, electricityProcessUuid: string, heatProcessUuid: string, scopes: [string] }",
      "CountryList: [{ code: string, name: string }]",
      "DetailedSimulation: { impacts: impacts, impactsWithoutDurability: impacts, complementsImpacts: Complements, trimsImpacts: impacts, daysOfWear: integer, durability: number, useNbCycles: integer, inputs: Inputs, lifeCycle: [LifeCycleStage] minItems 8 maxItems 8, transport: Transport, webUrl: string }",
      "Error: { error: object, documentation: string }",
      "BatchErrorLine: { error: object, documentation: string, line: integer minimum 1, status: integer }",
      "Impacts: impacts",
      "Inputs: { mass: number, materials: [{ material: { id: string, name: string, shortName: string, origin: string, materialProcessUuid: string, recycledProcessUuid: string | null, recycledFrom: string | null, geographicOrigin: string, defaultCountry: string }, share: number minimum 0 maximum 1, country?: string, spinning?: ConventionalSpinning/UnconventionalSpinning/SyntheticSpinning }], product: { id: string, name: string, fabric: string, making: { pcrWaste: number minimum 0 maximum 1, complexity: string }, trims: [{ id: string, quantity: integer minimum 1, custom?: { name?: string, elements: [{ amount: number, material: string, transforms: [string] }] } }], use: { nonIroningProcessUuid: string, wearsPerCycle: number, defaultNbCycles: number, ratioDryer: number, ratioIroning: number, timeIroning: number, daysOfWear: number }, endOfLife: { volume: number } }, countryDyeing: Country, countryFabric: Country, countryMaking: Country, airTransportRatio: number minimum 0 maximum 1 | null, business: small-business/large-business-with-services/large-business-without-services | null, disabledSteps: [material/spinning/fabric/ennobling/making/distribution/use/eol], dyeingProcessType: average/continuous/discontinuous | null, fabricProcess: knitting-mix/knitting-fully-fashioned/knitting-integral/knitting-circular/knitting-straight/weaving | null, fading: boolean | null, makingComplexity: string | null, makingDeadStock: number minimum 0 maximum 1 | null, makingWaste: number minimum 0 maximum 1 | null, numberOfReferences: integer | null, physicalDurability: number | null, price: number | null, printing: { kind: pigment/substantive, ratio: number minimum 0 maximum 1 } | null, surfaceMass: integer | null, trims: [{ id: string, quantity: integer minimum 1, custom?: { name?: string, elements: [{ amount: number, material: string, transforms: [string] }] } }], upcycled: boolean, yarnSize: number | null }",
      "LifeCycleStage: { label: string, enabled: boolean, country: Country, inputMass: number, outputMass: number, impacts: impacts, transport: Transport, airTransportRatio: number minimum 0 maximum 1, complementsImpacts: Complements, deadstock: number, durability: = 1, editable: boolean, elecKWh: number, heatMJ: number, makingDeadStock: number minimum 0 maximum 1 | null, makingWaste: number minimum 0 maximum 1 | null, picking: number | null, preTreatments: { elecKWh: number, heatMJ: number, energy: Impacts, toxicity: Impacts, impacts: Impacts, operations: [string] }, processInfo: { airTransport: string | null, airTransportRatio: string | null, countryElec: string | null, countryHeat: string | null, distribution: string | null, endOfLife: string | null, fabric: string | null, fading: string | null, making: string | null, passengerCar: string | null, roadTransport: string | null, seaTransport: string | null, useIroning: string | null, useNonIroning: string | null }, surfaceMass: number | null, threadDensity: number | null, waste: number, yarnSize: number | null }",
      "MaterialEntry: { id: string, share: number minimum 0 maximum 1, country?: string | null, spinning?: ConventionalSpinning/UnconventionalSpinning/SyntheticSpinning | null }",
      "NamedList: [{ id: string, name: string }]",
      "Printing: { kind: pigment/substantive, ratio?: number minimum 0 maximum 0.8 | null }",
      "SimpleSimulation: { webUrl: string, impacts: Impacts, description: string, query: {  } }",
      "SingleImpactSimulation: { webUrl: string, impacts: object, description: string, query: {  } }",
      "TextileQuery: { mass: number, materials: [MaterialEntry], product: string, airTransportRatio?: number minimum 0 maximum 1 | null, business?: small-business/large-business-with-services/large-business-without-services | null, countrySpinning?: string | null, countryFabric?: string | null, countryDyeing?: string | null, countryMaking?: string | null, disabledSteps?: [material/spinning/fabric/ennobling/making/distribution/use/eol] | null, dyeingProcessType?: average/continuous/discontinuous | null, fabricProcess?: knitting-mix/knitting-fully-fashioned/knitting-integral/knitting-circular/knitting-straight/weaving | null, fading?: boolean | null, makingComplexity?: very-high/high/medium/low/very-low/not-applicable | null, makingDeadStock?: number minimum 0 maximum 1 | null, makingWaste?: number minimum 0 maximum 1 | null, numberOfReferences?: integer | null, physicalDurability?: number | null, price?: number | null, printing?: Printing | null, surfaceMass?: integer | null, trims?: [TrimItem] | null, upcycled?: boolean | null, yarnSize?: number | string | null }",
      "Transport: { air: number, road: number, sea: number, impacts: impacts, roadCooled: = 0, seaCooled: = 0 }",
      "TrimElement: { amount: number, material: string, transforms?: [string] | null }",
      "TrimItem: { id: string, quantity: integer minimum 1, custom?: { elements: [TrimElement], name?: string | null, scopes?: [food/object/textile/veli] | null } | null }",
    ]
  `);
});
