import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  answerFacts,
  CORE_FIELDS,
  designedQueries,
  garmentFromQuery,
  LEARNT_SET,
  type ModelBundle,
  openPredictor,
  type Sample,
  trainModels,
} from '@ecobalyse/impact-models';
import { type DetailedSimulation, EXAMPLE_PREDICTION, type PredictionRequest } from '@ecobalyse/schema';
import { simulateDetailed } from '@ecobalyse/textile-method';
import { openMlflowTracker, PRODUCTION_ALIAS } from '@ecobalyse/tracking';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MODEL_ARTIFACT, modelFolder } from './mlflow-model.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const PYTHON_FOLDER = fileURLToPath(new URL('../python', import.meta.url));

/** Garments that lack some of what makes a garment, each turn another way, every second one with an option. */
const HALF_DESCRIBED = designedQueries({ design: 0, stratum: 42 })
  .filter(({ set }) => set === 'missing fields')
  .map(({ query }, turn): PredictionRequest => {
    const told = Object.entries(query).filter((_field, at) => (3 * turn + 1) & (1 << (at % CORE_FIELDS.length)));
    return { ...Object.fromEntries(told), ...(turn % 2 === 1 && { makingWaste: 0.2, DisabledSteps: ['ennobling'] }) };
  });

/** By both vocabularies; whole, half-described, and with what the model has never seen. */
const REQUESTS: PredictionRequest[] = [
  EXAMPLE_PREDICTION,
  { ProductId: 'tshirt' },
  { ProductId: 'tshirt', CountryMakingCode: 'MM', Mass: 50 },
  { Mass: 0.2, ProductId: 'unheard of' },
  { MaterialId_2: 'ei-lin', DisabledSteps: ['use', 'eol'], Price: 40, NumberOfReferences: 3000 },
  { product: 'jean', NumberOfReferences: 9000, makingWaste: 0.6 },
  { product: 'jean', mass: 0.6, yarnSize: '250Dtex', countryMaking: '---' },
  ...designedQueries({ design: 40, stratum: 3 }).map(({ query }) => query as PredictionRequest),
  ...HALF_DESCRIBED,
];

let bundle: ModelBundle;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlflow-model-'));
  const samples = designedQueries({ design: 400, stratum: 2 }).map(({ set, index, query }): Sample => {
    const answer = simulateDetailed(query) as unknown as DetailedSimulation;
    const garment = garmentFromQuery(query);
    return { id: `${set} ${index}`, garment, cost: answer.impacts.ecs, facts: answerFacts(answer), set };
  });
  ({ best: bundle } = await trainModels(
    samples.filter(({ set, cost }) => set === LEARNT_SET && cost > 0),
    { suite: samples.filter(({ set }) => set !== LEARNT_SET), families: ['stage-ridge'] },
  ));
});
afterAll(() => rm(folder, { recursive: true }));

const expected = () => {
  const predict = openPredictor(bundle, 1);
  return REQUESTS.map((request) => {
    const prediction = predict(request)?.prediction;
    if (!prediction) throw new Error(`nothing is known of ${JSON.stringify(request)}`);
    return [prediction.prediction_impact, prediction.interval.low, prediction.interval.high];
  });
};

/** Runs Python in the folder that holds the requests, and gives what it prints as JSON. */
async function python(program: string, lines: string, env: Record<string, string> = {}): Promise<number[][]> {
  await writeFile(join(folder, 'requests.json'), JSON.stringify(REQUESTS));
  const out = execFileSync(
    program,
    ['-c', `import json, math\nrequests = json.load(open('requests.json'))\n${lines}`],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, ...env },
      timeout: 150_000,
      maxBuffer: 10_000_000,
    },
  );
  return JSON.parse(out.toString().trim().split('\n').at(-1) as string) as number[][];
}

function expectSame(found: number[][]) {
  expect(found).toHaveLength(REQUESTS.length);
  expected().forEach((values, at) => {
    values.forEach((value, column) => {
      const error = Math.abs((found[at]?.[column] as number) - value) / Math.max(1, value);
      expect(error, JSON.stringify(REQUESTS[at])).toBeLessThan(1e-9);
    });
  });
}

const hasPython = (() => {
  try {
    execFileSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))']);
    return true;
  } catch {
    return false;
  }
})();

it.skipIf(!hasPython)('evaluates in Python to what /predict answers', async () => {
  const files = new Map((await modelFolder(bundle, 'run')).map(([path, content]) => [path, content]));
  await writeFile(join(folder, 'model.json'), files.get(MODEL_ARTIFACT) as Buffer);
  expectSame(
    await python(
      'python3',
      `import ecobalyse_model
model = ecobalyse_model._load_pyfunc('model.json')
print(json.dumps([list(model.predict_one(request).values()) for request in requests]))`,
      { PYTHONPATH: PYTHON_FOLDER, PYTHONDONTWRITEBYTECODE: '1' },
    ),
  );
});

/** A real server and a Python with MLflow are there when `packages/data/tracking/src/testing/test-with-mlflow.sh` runs. */
const { MLFLOW_TEST_URI: uri, MLFLOW_TEST_PYTHON: mlflowPython } = process.env;
describe.skipIf(!uri || !mlflowPython)('on a real MLflow server', () => {
  it('is loaded from the registry by its alias, with signature and example, and predicts what /predict answers', async () => {
    const model = `model-${randomUUID()}`;
    const tracker = openMlflowTracker({ uri: uri as string, experiment: `experiment-${randomUUID()}`, model });
    const run = await tracker.startRun({ name: 'a training', tags: {} });
    await run.logDataset({ name: 'garments', digest: 'abc', source: 'http://upstream/api', profile: { drawn: 800 } });
    for (const file of await modelFolder(bundle, run.runId)) await run.logArtifact(...file);
    await run.end('FINISHED');
    const version = { runId: run.runId, artifactPath: MODEL_ARTIFACT, description: '', tags: {} };
    await tracker.setAlias(PRODUCTION_ALIAS, await tracker.registerVersion(version));

    const found = await python(
      mlflowPython as string,
      `import mlflow, pandas
uri = 'models:/${model}@${PRODUCTION_ALIAS}'
loaded = mlflow.pyfunc.load_model(uri)
assert loaded.metadata.signature is not None
example = loaded.metadata.load_input_example(mlflow.artifacts.download_artifacts(uri))
assert len(loaded.predict(example)) == 1
assert [d.dataset.name for d in mlflow.get_run('${run.runId}').inputs.dataset_inputs] == ['garments']
nested = lambda value: json.dumps(value) if isinstance(value, (list, dict, bool)) else value
rows = [{name: nested(value) for name, value in request.items()} for request in requests]
frame = pandas.DataFrame(rows)
for name in frame.columns:
    if name == 'yarnSize':
        frame[name] = [None if value is None or value != value else str(value) for value in frame[name]]
    elif pandas.api.types.is_numeric_dtype(frame[name]):
        frame[name] = frame[name].astype(float)
print(json.dumps(loaded.predict(frame)[['prediction_impact', 'low', 'high']].values.tolist()))`,
      { MLFLOW_TRACKING_URI: uri as string },
    );
    expectSame(found);
  });
});
