import type { Command } from 'commander';
import { arch, cpus, platform } from 'node:os';
import { packageVersion } from '../../node/runtime/installedPackages.js';
import type { ConsideredBackend } from '../../node/runtime/startRuntime.js';
import { ownVersion } from '../../node/packageRoot.js';
import { toStdout } from '../../node/notice.js';

/** What `weldon info` tells. */
export interface RuntimeInfo {
  versions: Record<string, string>;
  machine: string;
  chosen: { backend: string; device: string; engine: string; reason: string };
  backends: ConsideredBackend[];
}

const packages = [
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-layers',
  '@tensorflow/tfjs-converter',
  '@tensorflow/tfjs-node-gpu',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-backend-webgpu',
  'webgpu',
  'onnxruntime-node',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-cpu',
  'sharp',
  'canvas',
];

/** Backends available here, the one that `'auto'` chooses and why, and versions. */
export async function runtimeInfo(): Promise<RuntimeInfo> {
  const { startRuntime, surveyBackends } = await import('../../node/runtime/startRuntime.js');
  const { backend, device, engine, reason } = await startRuntime();
  const chosen = [backend, ...(engine.isTensor ? [] : ['onnx'])];
  const survey = await surveyBackends();
  const installed = packages
    .map((name) => [name, packageVersion(name)] as const)
    .filter((entry): entry is readonly [string, string] => entry[1] !== null);
  return {
    versions: { 'tfjs-weldon': ownVersion(), node: process.versions.node, ...Object.fromEntries(installed) },
    machine: `${platform()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`,
    chosen: { backend, device, engine: engine.name, reason },
    backends: survey.map((each) => (chosen.includes(each.backend) ? { ...each, state: 'chosen' } : each)),
  };
}

function lines(info: RuntimeInfo): string {
  const marks = { chosen: '●', usable: '○', unusable: '–' };
  return [
    `backend   ${info.chosen.backend} on the ${info.chosen.device.toUpperCase()}: ${info.chosen.reason}`,
    `engine    ${info.chosen.engine}, for networks that stay as they are`,
    `machine   ${info.machine}`,
    '',
    'backends  ● chosen  ○ usable  – not usable',
    ...info.backends.map(({ backend, state, reason }) => `  ${marks[state]} ${backend.padEnd(11)}${reason}`),
    '',
    'versions',
    ...Object.entries(info.versions).map(([name, version]) => `  ${name.padEnd(34)}${version}`),
    '',
  ].join('\n');
}

/** Options and action of `weldon info`. */
export function defineInfo(command: Command): void {
  command
    .description(
      'Tells which TensorFlow.js backends this machine has, which one the other commands choose and why, and the ' +
        'versions of everything that matters. Put it into bug reports.',
    )
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const info = await runtimeInfo();
      toStdout(json ? `${JSON.stringify(info, null, 2)}\n` : lines(info));
    });
}
