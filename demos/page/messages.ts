/** What every page and its worker say to one another; each page adds calls and events of its own. */
export type BackendName = 'webgpu' | 'webgl' | 'wasm';
export const backendNames: readonly BackendName[] = ['webgpu', 'webgl', 'wasm'];
export const backendTitles: Record<BackendName, string> = { webgpu: 'WebGPU', webgl: 'WebGL', wasm: 'WebAssembly' };

/** The backend at work. */
export interface BackendState {
  name: BackendName;
  /** the GPU, as its driver names it; on wasm the build */
  device: string;
  /** one sentence for each backend that was passed over or failed */
  passedOver: string[];
}

/** What a worker says without being asked, whichever page it belongs to. */
export interface SharedEvents {
  loading: { what: string; loaded: number; total: number };
  /** something that went wrong beside what was asked for */
  notice: { sentence: string };
  /** a GPU went away; what runs on it next would fail */
  backendLost: { backend: BackendName; reason: string };
}

/** A page's calls: argument and result by name. */
export type CallTable<C> = { [K in keyof C]: { argument: unknown; result: unknown } };

export interface CallMessage<C extends CallTable<C>, K extends keyof C = keyof C> {
  id: number;
  call: K;
  argument: C[K]['argument'];
}

/**
 * How a call ended. `trouble` is a sentence for the user; `backendFailed` says that the backend, not the input, is to
 * blame, so that another one may do.
 */
export type AnswerMessage<C extends CallTable<C>> =
  { id: number; result: C[keyof C]['result'] } | { id: number; trouble: string; backendFailed: boolean };

export type EventMessage<E> = { [K in keyof E]: { event: K; detail: E[K] } }[keyof E];

/** A sentence for the user, and whether something went wrong. */
export interface Notice {
  kind: 'trouble' | 'news';
  sentence: string;
}

/** `?backend=wasm` in the address asks for one. */
export function wantedBackend(search: string): BackendName | 'auto' {
  const wanted = new URLSearchParams(search).get('backend') as BackendName;
  return backendNames.includes(wanted) ? wanted : 'auto';
}
