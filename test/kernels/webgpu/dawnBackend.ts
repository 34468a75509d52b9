import * as tf from '@tensorflow/tfjs-core';

/**
 * Makes tfjs' webgpu backend the active one, on Dawn. The backend registers itself on import, and only where
 * `navigator.gpu` is: hence the order.
 *
 * @returns the GPU as its driver names it
 */
export async function startDawnBackend(): Promise<string> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  // Node 20 has no navigator, and later ones none that can be extended by assignment.
  const gpu = create([]);
  const navigator = globalThis.navigator ?? {};
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  const adapter = await gpu.requestAdapter();
  if (adapter === null) {
    throw new Error('Dawn found no Vulkan device');
  }
  await import('@tensorflow/tfjs-backend-webgpu');
  await tf.setBackend('webgpu');
  await tf.ready();
  if (tf.getBackend() !== 'webgpu') {
    throw new Error(`asked for webgpu but ${tf.getBackend()} is active`);
  }
  return `${adapter.info.vendor} ${adapter.info.architecture}`;
}
