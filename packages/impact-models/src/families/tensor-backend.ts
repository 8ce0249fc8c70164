import * as tf from '@tensorflow/tfjs-core';

/** Loads TensorFlow.js: native where `@tensorflow/tfjs-node` is installed, WebAssembly everywhere else. */
export async function loadTensorFlow(): Promise<typeof tf> {
  // Named indirectly: it is not among our dependencies, since its binaries come from elsewhere than the packages.
  const accelerator: string = '@tensorflow/tfjs-node';
  try {
    await import(accelerator);
    await tf.setBackend('tensorflow');
  } catch {
    await import('@tensorflow/tfjs-backend-wasm');
    await tf.setBackend('wasm');
  }
  await tf.ready();
  return tf;
}
