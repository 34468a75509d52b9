/** Starting a tfjs backend in a page; its package is loaded only when it is asked for. */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';

export interface PageBackend {
  name: 'cpu' | 'wasm' | 'webgl' | 'webgpu';
  /** tfjs flags to set before the backend starts */
  flags?: Record<string, boolean | number>;
}

/** What a page found when its backend had started. */
export interface StartedBackend {
  backend: string;
  /** the GPU, as its driver names it; on wasm the build */
  device: string;
  /** false only for webgl that stores half floats */
  float32: boolean;
}

async function loadPackage(name: PageBackend['name']): Promise<void> {
  switch (name) {
    case 'cpu':
      await import('@tensorflow/tfjs-backend-cpu');
      return;
    case 'wasm': {
      const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
      setWasmPaths('wasm/');
      return;
    }
    case 'webgl':
      await import('@tensorflow/tfjs-backend-webgl');
      return;
    case 'webgpu':
      if (!('gpu' in navigator)) {
        throw new Error('no navigator.gpu: not a secure context, or a browser without WebGPU');
      }
      await import('@tensorflow/tfjs-backend-webgpu');
  }
}

async function describeDevice(name: PageBackend['name']): Promise<string> {
  switch (name) {
    case 'cpu':
      return navigator.userAgent;
    case 'wasm': {
      const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
      const threads = await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT');
      return `${simd ? 'SIMD' : 'scalar'}${threads ? ', threads' : ''}`;
    }
    case 'webgl': {
      const { gl } = (tf.backend() as MathBackendWebGL).gpgpu;
      const info = gl.getExtension('WEBGL_debug_renderer_info');
      return String(gl.getParameter(info === null ? gl.RENDERER : info.UNMASKED_RENDERER_WEBGL));
    }
    case 'webgpu': {
      // The backend keeps the adapter's names private.
      const { vendor, architecture } = (tf.backend() as WebGPUBackend).adapterInfo as unknown as Record<string, string>;
      return `${vendor} ${architecture}`;
    }
  }
}

/** Makes the backend the active one. Throws where it does not start. */
export async function startBackend({ name, flags = {} }: PageBackend): Promise<StartedBackend> {
  await loadPackage(name);
  tf.env().setFlags(flags);
  await tf.setBackend(name);
  await tf.ready();
  if (tf.getBackend() !== name) {
    throw new Error(`asked for ${name} but ${tf.getBackend()} is active`);
  }
  return {
    backend: tf.getBackend(),
    device: await describeDevice(name),
    float32: name !== 'webgl' || tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED'),
  };
}
