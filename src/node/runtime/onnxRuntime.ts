import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageFolder } from './installedPackages.js';

/** The part of onnxruntime-node that is used here, spelt out so that it stays optional. */
export interface OnnxTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
  dispose?(): void;
}

export interface OnnxSession {
  readonly inputNames: readonly string[];
  run(feeds: Record<string, OnnxTensor>, fetches?: readonly string[]): Promise<Record<string, OnnxTensor>>;
  release(): Promise<void>;
}

export interface OnnxModule {
  InferenceSession: { create(model: Uint8Array, options: object): Promise<OnnxSession> };
  Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OnnxTensor;
}

const packageName = 'onnxruntime-node';
const wantedMajor = '1';
const wantedVersion = '1.30.0';

/** The line that installs it: its install script would fetch files for CUDA, which nothing here needs. */
const installLine = `ONNXRUNTIME_NODE_INSTALL=skip npm install ${packageName}@${wantedVersion}`;

/** Whether onnxruntime-node can be used, and its version, or the reason why not. */
export type OnnxTrial =
  { usable: true; folder: string; version: string; reason: string } | { usable: false; reason: string };

const refused = (reason: string): OnnxTrial => ({ usable: false, reason: `${reason}: ${installLine}` });

/** Whether the library for this machine is in the package: an install without its optional files leaves it out. */
function hasNativePart(folder: string): boolean {
  const bin = join(folder, 'bin');
  return (
    existsSync(bin) &&
    readdirSync(bin).some((api) =>
      existsSync(join(bin, api, process.platform, process.arch, 'onnxruntime_binding.node')),
    )
  );
}

/** Loads onnxruntime-node from its folder. */
export async function loadOnnxRuntime(folder: string): Promise<OnnxModule> {
  const entry = createRequire(join(folder, 'package.json')).resolve(folder);
  const loaded = (await import(pathToFileURL(entry).href)) as OnnxModule & { default?: OnnxModule };
  return loaded.InferenceSession === undefined ? (loaded.default as OnnxModule) : loaded;
}

/** Looks whether onnxruntime-node is there, whole and of the right version, and loads it. */
export async function tryOnnx(folder: string | null = packageFolder(packageName)): Promise<OnnxTrial> {
  if (folder === null) {
    return refused(`${packageName} is not installed`);
  }
  let version: unknown;
  try {
    ({ version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: unknown });
  } catch {
    return refused(`${packageName} has no readable package.json`);
  }
  if (typeof version !== 'string' || version.split('.')[0] !== wantedMajor) {
    return refused(`${packageName} ${String(version)} is not of version ${wantedMajor}`);
  }
  if (!hasNativePart(folder)) {
    return refused(`${packageName} ${version} has no native part for ${process.platform} ${process.arch}`);
  }
  try {
    const loaded = await loadOnnxRuntime(folder);
    if (typeof loaded?.InferenceSession?.create !== 'function') {
      return refused(`${packageName} ${version} has no InferenceSession`);
    }
    return { usable: true, folder, version, reason: `${packageName} ${version}` };
  } catch (error) {
    const sentence = (error instanceof Error ? error.message : String(error)).split('\n')[0];
    return refused(`${packageName} ${version} does not load (${sentence})`);
  }
}
