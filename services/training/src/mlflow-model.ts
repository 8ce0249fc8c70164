import { readFile } from 'node:fs/promises';
import { type ModelBundle, writeBundle } from '@ecobalyse/impact-models';
import { EXAMPLE_PREDICTION } from '@ecobalyse/schema';

/** Folder of the run that is the registered model. */
const FOLDER = 'model';
/** What the API reads of it. */
export const MODEL_ARTIFACT = `${FOLDER}/model.json`;
const PYTHON_FILE = new URL('../python/ecobalyse_model.py', import.meta.url);

const NUMBERS = [
  'MaterialId_1_share',
  'MaterialId_2_share',
  'Mass',
  'AirTransportRatio',
  'NumberOfReferences',
  'PhysicalDurability',
  'Price',
  'SurfaceMass',
  'mass',
  'airTransportRatio',
  'makingDeadStock',
  'makingWaste',
  'numberOfReferences',
  'physicalDurability',
  'price',
  'surfaceMass',
];
/** Texts; what is a list, an object or a truth value is written as JSON: MLflow lets no truth value be missing. */
const TEXTS = [
  'ProductId',
  'MaterialId_1',
  'MaterialId_2',
  'CountrySpinningCode',
  'CountryDyeingCode',
  'CountryFabricCode',
  'CountryMakingCode',
  'FabricProcess',
  'Business',
  'MakingComplexity',
  'Materials',
  'DisabledSteps',
  'product',
  'materials',
  'countrySpinning',
  'countryFabric',
  'countryDyeing',
  'countryMaking',
  'fabricProcess',
  'business',
  'disabledSteps',
  'dyeingProcessType',
  'fading',
  'makingComplexity',
  'printing',
  'trims',
  'upcycled',
  'yarnSize',
];

const columns = (type: string, names: readonly string[], required: boolean) =>
  names.map((name) => ({ type, name, required }));

/** Requests as a frame, in the order of the signature's columns that they have. */
function asFrame(requests: readonly Record<string, unknown>[]) {
  const names = Object.keys(requests[0] as object);
  return { columns: names, data: requests.map((request) => names.map((name) => request[name])) };
}

/** YAML takes JSON. */
const line = (value: unknown) => JSON.stringify(value);

/** The model as MLflow reads a folder: what loads it in Python, its signature, an example, and what it needs. */
export async function modelFolder(
  bundle: ModelBundle,
  runId: string,
): Promise<[path: string, content: Buffer, contentType: string][]> {
  const signature = {
    inputs: [...columns('string', TEXTS, false), ...columns('double', NUMBERS, false)],
    outputs: columns('double', ['prediction_impact', 'low', 'high'], true),
  };
  const flavour = {
    loader_module: 'ecobalyse_model',
    code: 'code',
    data: 'model.json',
    env: { virtualenv: 'python_env.yaml' },
    python_version: '3.10',
  };
  const description = [
    `artifact_path: ${FOLDER}`,
    `flavors: ${line({ python_function: flavour })}`,
    `run_id: ${line(runId)}`,
    `utc_time_created: ${line(bundle.trainedAt.replace('T', ' ').replace('Z', ''))}`,
    `saved_input_example_info: ${line({ artifact_path: 'input_example.json', type: 'dataframe', pandas_orient: 'split' })}`,
    `signature: ${line({ inputs: line(signature.inputs), outputs: line(signature.outputs), params: null })}`,
    `metadata: ${line({ family: bundle.family, format: bundle.format })}`,
  ];
  const text = (lines: readonly string[]) => Buffer.from(`${lines.join('\n')}\n`);
  const files: [path: string, content: Buffer, contentType: string][] = [
    ['model.json', writeBundle(bundle), 'application/json'],
    ['code/ecobalyse_model.py', await readFile(PYTHON_FILE), 'text/x-python'],
    ['input_example.json', Buffer.from(JSON.stringify(asFrame([EXAMPLE_PREDICTION]))), 'application/json'],
    ['requirements.txt', text(['mlflow>=2.9', 'pandas']), 'text/plain'],
    ['python_env.yaml', text(['python: "3.10"', 'dependencies: ["-r requirements.txt"]']), 'text/yaml'],
    ['MLmodel', text(description), 'text/yaml'],
  ];
  return files.map(([path, content, contentType]) => [`${FOLDER}/${path}`, content, contentType]);
}
