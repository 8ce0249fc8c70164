type TensorFlow = typeof import('@tensorflow/tfjs-core');

/** What TensorFlow.js computes with. */
export interface TensorBackend {
  readonly name: 'tensorflow' | 'wasm';
  /** Why it is not the native one; null where it is. */
  readonly reason: string | null;
}

/**
 * Native TensorFlow, an optional peer, since its binaries come from elsewhere than the packages. Named as a text, since its
 * types are not there either.
 */
const NATIVE: string = '@tensorflow/tfjs-node';

async function use(tf: TensorFlow, name: TensorBackend['name']): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`the backend ${name} did not start`);
  await tf.ready();
  // On Node.js 23 and later the native one starts and fails at its first operation: it calls functions that are gone.
  const [product] = tf.tidy(() => tf.matMul([[1, 2]], [[3], [4]]).dataSync());
  if (product !== 11) throw new Error(`the backend ${name} computes wrong`);
}

/**
 * Loads TensorFlow.js: native where `@tensorflow/tfjs-node` is installed and starts, WebAssembly everywhere else.
 *
 * @param native - the module that brings the backend `tensorflow`.
 */
export async function loadTensorFlow(native = NATIVE): Promise<{ tf: TensorFlow; backend: TensorBackend }> {
  // Only who trains needs it.
  const tf = await import('@tensorflow/tfjs-core');
  try {
    await import(native);
    await use(tf, 'tensorflow');
    return { tf, backend: { name: 'tensorflow', reason: null } };
  } catch (error) {
    // The first line says it; the native module goes on with advice about Windows.
    const [reason] = String((error as Error).message).split('\n');
    await import('@tensorflow/tfjs-backend-wasm');
    await use(tf, 'wasm');
    return { tf, backend: { name: 'wasm', reason: `${native} is not used: ${reason?.trim()}` } };
  }
}
