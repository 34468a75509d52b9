import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { WeldonError } from '../../../src/index.js';
import type { BackendName, BackendState, SharedEvents } from '../messages.js';
import { backendNames, backendTitles } from '../messages.js';
import { teller } from './answerCalls.js';

const tell = teller<SharedEvents>();

/** Programs that stand for a GPU; WebAssembly is faster than they are. */
const software = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** Backends that failed or were lost since the page was opened; `'auto'` leaves them out. */
const failed = new Map<BackendName, string>();

/** How tfjs makes each backend, kept so that a lost one can be made anew. */
const factories = new Map<BackendName, NonNullable<ReturnType<typeof tf.findBackendFactory>>>();

let wasmFolder = '';

export function setWasmFolder(folder: string): void {
  wasmFolder = folder;
}

/** Why a backend should be passed over, or `null`. */
async function reasonAgainst(name: BackendName): Promise<string | null> {
  const title = backendTitles[name];
  switch (name) {
    case 'webgpu': {
      const adapter = await navigator.gpu?.requestAdapter();
      if (adapter == null) {
        return `${title} is not there in this browser.`;
      }
      const { vendor, architecture, device, description } = adapter.info;
      return software.test([vendor, architecture, device, description].join(' '))
        ? `${title} is only emulated in software here.`
        : null;
    }
    case 'webgl': {
      const context = typeof OffscreenCanvas === 'undefined' ? null : new OffscreenCanvas(1, 1).getContext('webgl2');
      if (context === null) {
        return `${title} is not there in this browser.`;
      }
      const renderer = rendererOf(context);
      context.getExtension('WEBGL_lose_context')?.loseContext();
      return software.test(renderer) ? `${title} is only emulated in software here.` : null;
    }
    case 'wasm':
      return null;
  }
}

function rendererOf(context: WebGLRenderingContext | WebGL2RenderingContext): string {
  const names = context.getExtension('WEBGL_debug_renderer_info');
  return String(context.getParameter(names === null ? context.RENDERER : names.UNMASKED_RENDERER_WEBGL));
}

async function loadPackage(name: BackendName): Promise<void> {
  switch (name) {
    case 'webgpu':
      if ((await navigator.gpu?.requestAdapter()) == null) {
        throw new WeldonError('this browser has no WebGPU');
      }
      await import('@tensorflow/tfjs-backend-webgpu');
      return;
    case 'webgl':
      await import('@tensorflow/tfjs-backend-webgl');
      return;
    case 'wasm': {
      const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
      setWasmPaths(wasmFolder);
      // Threads need a page that is isolated from other origins, and a third build of the backend.
      tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    }
  }
}

async function describeDevice(name: BackendName): Promise<string> {
  switch (name) {
    case 'webgpu': {
      const { vendor, architecture, description } = (tf.backend() as WebGPUBackend)
        .adapterInfo as unknown as GPUAdapterInfo;
      return description || [vendor, architecture].filter(Boolean).join(' ');
    }
    case 'webgl': {
      const half = tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED') ? '' : ', half precision';
      return rendererOf((tf.backend() as MathBackendWebGL).gpgpu.gl) + half;
    }
    case 'wasm':
      return (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? 'SIMD' : 'no SIMD';
  }
}

function watch(name: BackendName): void {
  const lost = (reason: string) => {
    failed.set(name, `${backendTitles[name]} was lost: ${reason}.`);
    tell('backendLost', { backend: name, reason });
  };
  if (name === 'webgpu') {
    void (tf.backend() as WebGPUBackend).device.lost.then(({ message }) => lost(message || 'the device is gone'));
  } else if (name === 'webgl') {
    const { canvas } = (tf.backend() as MathBackendWebGL).gpgpu.gl;
    canvas.addEventListener('webglcontextlost', () => lost('the context is gone'), { once: true });
  }
}

async function start(name: BackendName): Promise<void> {
  await loadPackage(name);
  const known = factories.get(name);
  const isNew = tf.findBackendFactory(name) != null && known === undefined;
  if (known !== undefined && tf.findBackendFactory(name) == null) {
    tf.registerBackend(name, known);
    watched.delete(name);
  } else if (isNew) {
    factories.set(name, tf.findBackendFactory(name));
  }
  if (!(await tf.setBackend(name))) {
    throw new WeldonError('it did not start');
  }
  if (!watched.has(name)) {
    watched.add(name);
    watch(name);
  }
}

const watched = new Set<BackendName>();

/** Forgets a backend whose device is gone, so that it can be started anew. Its tensors are gone with it. */
function forget(name: BackendName): void {
  if (failed.has(name) && factories.has(name) && tf.findBackendFactory(name) != null) {
    tf.removeBackend(name);
  }
}

/**
 * Makes a backend the active one; `'auto'` takes the first that is there, is no emulation and has not failed.
 *
 * @throws WeldonError if the named backend does not start
 */
export async function useBackend(wanted: BackendName | 'auto'): Promise<BackendState> {
  const passedOver: string[] = [];
  for (const name of wanted === 'auto' ? backendNames : [wanted]) {
    const against = wanted !== 'auto' ? null : (failed.get(name) ?? (await reasonAgainst(name)));
    if (against !== null) {
      passedOver.push(against);
      continue;
    }
    try {
      forget(name);
      await start(name);
      failed.delete(name);
      return { name, device: await describeDevice(name), passedOver };
    } catch (error) {
      const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
      const sentence = `${backendTitles[name]} does not start here: ${reason}.`;
      if (wanted !== 'auto') {
        throw new WeldonError(sentence);
      }
      failed.set(name, sentence);
      passedOver.push(sentence);
    }
  }
  throw new WeldonError(`No backend starts in this browser. ${passedOver.join(' ')}`);
}

/** Remembers that a backend failed at work, so that `'auto'` takes another. */
export function rememberFailure(name: BackendName, reason: string): void {
  failed.set(name, `${backendTitles[name]} failed: ${reason}.`);
}
