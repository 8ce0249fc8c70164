import { seededRandom } from '@ecobalyse/estimation';
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { normalNumbers, shuffled } from '../random.js';
import { denseFeatures } from './dense-features.js';
import type { Family, Sample } from './family.js';
import { loadTensorFlow } from './tensor-backend.js';

/** A layer's weights, row by row of its inputs, and its biases. */
interface Layer {
  weights: number[];
  biases: number[];
}

export interface NetworkParameters {
  layers: Layer[];
  /** The two outputs are multiples of this cost per kg. */
  costPerKg: number;
}

const HIDDEN = 64;
const EPOCHS = 120;
const BATCH = 128;
const FIRST_RATE = 0.004;
const LAST_RATE = 0.0001;
/** The constant part is of the size that this mass gives the part per kg. */
const TYPICAL_MASS_KG = 0.5;

type Weights = [Variable, Variable, Variable, Variable, Variable, Variable];

/**
 * Two hidden layers of tanh; the outputs are the cost per kg and the cost per garment, so that the cost is linear in the
 * mass whatever the rest. Trained on the error per kg with Adam.
 */
export const neuralNetwork: Family<NetworkParameters> = {
  hyperparameters: { hidden: HIDDEN, epochs: EPOCHS, batch: BATCH, firstRate: FIRST_RATE, lastRate: LAST_RATE },
  async train(samples, spec, { seed, effort, onProgress, onBackend }) {
    const { tf, backend } = await loadTensorFlow();
    onBackend(backend);
    const random = seededRandom(seed);
    const { width, encode } = denseFeatures(spec);
    const vectors = samples.map(({ garment }) => encode(garment));
    const costPerKg = samples.reduce((sum, { cost, garment }) => sum + cost / garment.massKg, 0) / samples.length;
    const epochs = Math.max(3, Math.round(EPOCHS * effort));
    const batches = Math.ceil(samples.length / BATCH);

    const weight = (inputs: number, outputs: number) =>
      tf.variable(
        tf.tensor2d(
          normalNumbers(inputs * outputs, random).map((value) => value / Math.sqrt(Math.min(inputs, HIDDEN))),
          [inputs, outputs],
        ),
      );
    const bias = (outputs: number) => tf.variable(tf.zeros([1, outputs]));
    // What they begin with is not kept beside them.
    const weights: Weights = tf.tidy(() => [
      weight(width, HIDDEN),
      bias(HIDDEN),
      weight(HIDDEN, HIDDEN),
      bias(HIDDEN),
      weight(HIDDEN, 2),
      bias(2),
    ]);
    const [w1, b1, w2, b2, w3, b3] = weights as unknown as Tensor2D[] as [
      Tensor2D,
      Tensor2D,
      Tensor2D,
      Tensor2D,
      Tensor2D,
      Tensor2D,
    ];

    /** Gradients by hand: the entry of TensorFlow.js for Node.js registers none without its much larger whole. */
    const gradients = (inputs: Tensor2D, shares: Tensor2D, targets: Tensor2D) => {
      const first = tf.tanh(tf.add(tf.matMul(inputs, w1), b1)) as Tensor2D;
      const second = tf.tanh(tf.add(tf.matMul(first, w2), b2)) as Tensor2D;
      const outputs = tf.add(tf.matMul(second, w3), b3);
      const error = tf.sub(tf.sum(tf.mul(outputs, shares), 1, true), targets);
      const loss = tf.mean(tf.mul(error, error));
      const atOutputs = tf.mul(tf.mul(error, 2 / targets.size), shares) as Tensor2D;
      const backThrough = (next: Tensor2D, matrix: Tensor2D, activation: Tensor2D) =>
        tf.mul(tf.matMul(next, matrix, false, true), tf.sub(1, tf.mul(activation, activation))) as Tensor2D;
      const atSecond = backThrough(atOutputs, w3, second);
      const atFirst = backThrough(atSecond, w2, first);
      const ofLayer = (input: Tensor2D, at: Tensor2D) => [tf.matMul(input, at, true, false), tf.sum(at, 0, true)];
      return {
        loss,
        all: [...ofLayer(inputs, atFirst), ...ofLayer(first, atSecond), ...ofLayer(second, atOutputs)],
      };
    };

    let step = 0;
    const optimizer = tf.train.adam(FIRST_RATE);
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = shuffled(
        samples.map((_, at) => at),
        random,
      );
      let total = 0;
      for (let batch = 0; batch < batches; batch++) {
        const members = order.slice(batch * BATCH, (batch + 1) * BATCH);
        const table = new Float32Array(members.length * width);
        members.forEach((at, row) => {
          table.set(vectors[at] as Float32Array, row * width);
        });
        const masses = members.map((at) => (samples[at] as Sample).garment.massKg);
        const targets = members.map((at, row) => (samples[at] as Sample).cost / (masses[row] as number) / costPerKg);
        // One cosine from the first rate to the last.
        const progress = step++ / (epochs * batches);
        const rate = LAST_RATE + ((FIRST_RATE - LAST_RATE) * (1 + Math.cos(Math.PI * progress))) / 2;
        (optimizer as unknown as { learningRate: number }).learningRate = rate;
        total += tf.tidy(() => {
          const { loss, all } = gradients(
            tf.tensor2d(table, [members.length, width]),
            tf.tensor2d(
              masses.flatMap((mass) => [1, TYPICAL_MASS_KG / mass]),
              [members.length, 2],
            ),
            tf.tensor2d(targets, [members.length, 1]),
          );
          optimizer.applyGradients(
            weights.map((variable, at) => ({ name: variable.name, tensor: all[at] as Tensor2D })),
          );
          return loss.dataSync()[0] as number;
        });
      }
      onProgress(epoch + 1, epochs, Math.sqrt(total / batches) * costPerKg);
    }
    const numbers = weights.map((variable) => [...variable.dataSync()]);
    for (const variable of weights) variable.dispose();
    optimizer.dispose();
    return {
      costPerKg,
      layers: [0, 2, 4].map((at) => ({ weights: numbers[at] as number[], biases: numbers[at + 1] as number[] })),
    };
  },

  /** Inference in plain JavaScript: the network is small, and the API needs no TensorFlow.js. */
  load(spec, { layers, costPerKg }) {
    const { encode } = denseFeatures(spec);
    const typed = layers.map(({ weights, biases }) => ({
      weights: Float64Array.from(weights),
      biases: Float64Array.from(biases),
    }));
    const apply = ({ weights, biases }: (typeof typed)[number], input: ArrayLike<number>, activate: boolean) => {
      const output = biases.slice();
      const width = output.length;
      for (let from = 0; from < input.length; from++) {
        const value = input[from] as number;
        if (value === 0) continue;
        for (let to = 0; to < width; to++)
          output[to] = (output[to] as number) + value * (weights[from * width + to] as number);
      }
      return activate ? output.map(Math.tanh) : output;
    };
    return (garments) =>
      garments.map((garment) => {
        let signal: ArrayLike<number> = encode(garment);
        typed.forEach((layer, depth) => {
          signal = apply(layer, signal, depth < typed.length - 1);
        });
        return ((signal[0] as number) * garment.massKg + (signal[1] as number) * TYPICAL_MASS_KG) * costPerKg;
      });
  },
};
