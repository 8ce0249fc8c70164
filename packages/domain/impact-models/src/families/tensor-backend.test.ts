import { describe, expect, it } from 'vitest';
import { loadTensorFlow } from './tensor-backend.js';

const moduleOf = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;

describe('the backend of TensorFlow.js', () => {
  it.each([
    ['is not installed', '@tensorflow/not-installed-here', '@tensorflow/not-installed-here'],
    ['does not load', moduleOf('throw new Error("wrong binary")'), 'wrong binary'],
    ['gives advice when it does not load', moduleOf('throw new Error("no addon \\nRun this")'), 'no addon'],
    ['brings no backend', moduleOf('export {}'), 'tensorflow'],
  ])('is WebAssembly, and says why, where the native module %s', async (_what, native, reason) => {
    const { tf, backend } = await loadTensorFlow(native);
    expect(backend).toEqual({ name: 'wasm', reason: expect.stringContaining(reason) });
    expect(backend.reason).not.toContain('\n');
    expect(tf.getBackend()).toBe('wasm');
    expect([...tf.matMul([[1, 2]], [[3], [4]]).dataSync()]).toEqual([11]);
  });

  /** The WebAssembly backend under the name of the native one: it starts as that would, from its own module. */
  async function withNative(check: (tf: Awaited<ReturnType<typeof loadTensorFlow>>['tf']) => Promise<void>) {
    const { tf } = await loadTensorFlow();
    const wasm = tf.findBackendFactory('wasm');
    if (!wasm) throw new Error('no WebAssembly backend');
    tf.registerBackend('tensorflow', wasm);
    try {
      await check(tf);
    } finally {
      await tf.setBackend('wasm');
      tf.removeBackend('tensorflow');
      for (const { kernelName } of tf.getKernelsForBackend('tensorflow')) tf.unregisterKernel(kernelName, 'tensorflow');
    }
  }

  it('is WebAssembly where the native one starts and cannot compute', () =>
    withNative(async (tf) => {
      // Nothing under this name can multiply.
      const { backend } = await loadTensorFlow(moduleOf('export {}'));
      expect(backend).toEqual({ name: 'wasm', reason: expect.stringContaining('BatchMatMul') });
      expect(tf.getBackend()).toBe('wasm');
    }));

  it('is the native one where its module brings one', () =>
    withNative(async (tf) => {
      tf.copyRegisteredKernels('wasm', 'tensorflow');
      const { backend } = await loadTensorFlow(moduleOf('export {}'));
      expect(backend).toEqual({ name: 'tensorflow', reason: null });
      expect(tf.getBackend()).toBe('tensorflow');
    }));
});
