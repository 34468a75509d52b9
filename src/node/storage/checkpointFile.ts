import { createHash } from 'node:crypto';
import { WeldonError } from '../../errors.js';
import type { Checkpoint, StoredWeight } from '../../training/checkpoint.js';

/**
 * A checkpoint as bytes, little-endian: "WCHK", version u32, length of the header u32, header (JSON), all float32 values
 * one after the other, SHA-256 of all before. The header names what the values are.
 */
const magic = Buffer.from('WCHK');
const version = 1;
const checkBytes = 32;

type Header = Omit<Checkpoint, 'weights' | 'optimizer'> & {
  weights: Array<Omit<StoredWeight, 'values'>>;
  optimizer: { steps: number; moments: Array<[key: string, length: number]> } | null;
};

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

export function encodeCheckpoint({ weights, optimizer, ...rest }: Checkpoint): Buffer {
  const moments = Object.entries(optimizer?.moments ?? {});
  const header: Header = {
    ...rest,
    weights: weights.map(({ name, shape }) => ({ name, shape })),
    optimizer: optimizer && { steps: optimizer.steps, moments: moments.map(([key, values]) => [key, values.length]) },
  };
  const text = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(12);
  magic.copy(head);
  head.writeUInt32LE(version, 4);
  head.writeUInt32LE(text.length, 8);
  const parts = [
    head,
    text,
    ...weights.map(({ values }) => bytesOf(values)),
    ...moments.map(([, values]) => bytesOf(values)),
  ];
  const check = createHash('sha256');
  parts.forEach((part) => check.update(part));
  return Buffer.concat([...parts, check.digest()]);
}

/**
 * @param path for the sentences
 * @throws WeldonError if the file is of another version, cut off or damaged
 */
export function decodeCheckpoint(bytes: Buffer, path: string): Checkpoint {
  const damaged = () =>
    new WeldonError(`Expected ${path} to be a whole checkpoint but it is damaged: delete it to start the run anew`);
  if (bytes.length < 12 + checkBytes || !bytes.subarray(0, 4).equals(magic)) {
    throw damaged();
  }
  if (bytes.readUInt32LE(4) !== version) {
    throw new WeldonError(
      `Expected ${path} to be a checkpoint of version ${version} but it is of version ` +
        `${bytes.readUInt32LE(4)}: delete it to start the run anew`,
    );
  }
  const body = bytes.subarray(0, bytes.length - checkBytes);
  if (
    !createHash('sha256')
      .update(body)
      .digest()
      .equals(bytes.subarray(bytes.length - checkBytes))
  ) {
    throw damaged();
  }
  const end = 12 + bytes.readUInt32LE(8);
  const { weights, optimizer, ...rest } = JSON.parse(body.toString('utf8', 12, end)) as Header;
  let at = end;
  const read = (length: number) => {
    const values = new Float32Array(length);
    bytesOf(values).set(body.subarray(at, at + 4 * length));
    at += 4 * length;
    return values;
  };
  return {
    ...rest,
    weights: weights.map((weight) => ({
      ...weight,
      values: read(weight.shape.reduce((size, extent) => size * extent, 1)),
    })),
    optimizer: optimizer && {
      steps: optimizer.steps,
      moments: Object.fromEntries(optimizer.moments.map(([key, length]) => [key, read(length)])),
    },
  };
}
