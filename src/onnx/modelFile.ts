import { PbfWriter } from 'pbf';
import { expectedInWords } from '../errors.js';

/** Element types of ONNX, by the numbers that its files have for them. */
export const elementTypes = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10, double: 11 } as const;

export type ElementType = keyof typeof elementTypes;

/** A number that is free has a name. */
export type Extent = number | string;

/** An attribute of a node: whole numbers, or `{ float }` for one that is none. */
export type Attribute = number | string | readonly number[] | { float: number };

export interface OnnxNode {
  op: string;
  name: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes: Readonly<Record<string, Attribute>>;
}

/** A constant; its values as they lie in the file, little endian. */
export interface OnnxConstant {
  name: string;
  type: ElementType;
  shape: readonly number[];
  bytes: Uint8Array;
}

/** An input or output of the model. */
export interface OnnxPort {
  name: string;
  type: ElementType;
  shape: readonly Extent[];
}

export interface OnnxModel {
  name: string;
  opset: number;
  nodes: readonly OnnxNode[];
  constants: readonly OnnxConstant[];
  inputs: readonly OnnxPort[];
  outputs: readonly OnnxPort[];
  metadata: Readonly<Record<string, string>>;
}

/** The oldest version of the file format that has an opset's operators. */
function formatVersion(opset: number): number {
  return opset <= 18 ? 8 : opset <= 20 ? 9 : opset <= 22 ? 10 : 11;
}

// The numbers below are the fields of onnx.proto, https://github.com/onnx/onnx.

function writeAttribute([name, value]: [string, Attribute], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  const kind = (type: number) => pbf.writeVarintField(20, type);
  if (typeof value === 'number') {
    pbf.writeVarintField(3, value);
    kind(2);
  } else if (typeof value === 'string') {
    pbf.writeStringField(4, value);
    kind(3);
  } else if ('float' in value) {
    pbf.writeFloatField(2, value.float);
    kind(1);
  } else {
    value.forEach((each) => pbf.writeVarintField(8, each));
    kind(7);
  }
}

function writeNode({ op, name, inputs, outputs, attributes }: OnnxNode, pbf: PbfWriter): void {
  inputs.forEach((input) => pbf.writeStringField(1, input));
  outputs.forEach((output) => pbf.writeStringField(2, output));
  pbf.writeStringField(3, name);
  pbf.writeStringField(4, op);
  Object.entries(attributes).forEach((attribute) => pbf.writeMessage(5, writeAttribute, attribute));
}

function writeExtent(extent: Extent, pbf: PbfWriter): void {
  if (typeof extent === 'number') {
    pbf.writeVarintField(1, extent);
  } else {
    pbf.writeStringField(2, extent);
  }
}

function writeShape(shape: readonly Extent[], pbf: PbfWriter): void {
  shape.forEach((extent) => pbf.writeMessage(1, writeExtent, extent));
}

function writeTensorType({ type, shape }: OnnxPort, pbf: PbfWriter): void {
  pbf.writeVarintField(1, elementTypes[type]);
  pbf.writeMessage(2, writeShape, shape);
}

function writeType(port: OnnxPort, pbf: PbfWriter): void {
  pbf.writeMessage(1, writeTensorType, port);
}

function writePort(port: OnnxPort, pbf: PbfWriter): void {
  pbf.writeStringField(1, port.name);
  pbf.writeMessage(2, writeType, port);
}

function writeEntry([key, value]: [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, key);
  pbf.writeStringField(2, value);
}

/** Bytes that some calls write. */
function written(write: (pbf: PbfWriter) => void): Uint8Array {
  const pbf = new PbfWriter();
  write(pbf);
  return pbf.finish();
}

const sizeOf = (parts: readonly Uint8Array[]) => parts.reduce((sum, part) => sum + part.length, 0);

/** A message as a field of another: its number and length, then the parts, which nobody has copied yet. */
function field(tag: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const header = written((pbf) => {
    pbf.writeTag(tag, 2);
    pbf.writeVarint(sizeOf(parts));
  });
  return [header, ...parts];
}

function constantParts({ name, type, shape, bytes }: OnnxConstant): Uint8Array[] {
  const header = written((pbf) => {
    shape.forEach((extent) => pbf.writeVarintField(1, extent));
    pbf.writeVarintField(2, elementTypes[type]);
    pbf.writeStringField(8, name);
  });
  return [header, ...field(9, [bytes])];
}

function graphParts({ name, nodes, constants, inputs, outputs }: OnnxModel): Uint8Array[] {
  const structure = written((pbf) => {
    nodes.forEach((node) => pbf.writeMessage(1, writeNode, node));
    pbf.writeStringField(2, name);
    inputs.forEach((port) => pbf.writeMessage(11, writePort, port));
    outputs.forEach((port) => pbf.writeMessage(12, writePort, port));
  });
  return [structure, ...constants.flatMap((constant) => field(5, constantParts(constant)))];
}

/** What the files that are written here say of where they come from. */
const producer = 'tfjs-weldon';

/**
 * Whether a file was written by this package.
 *
 * @param start its first bytes, 64 are enough
 */
export function isOwnFile(start: Uint8Array): boolean {
  const header = written((pbf) => {
    pbf.writeVarintField(1, 0);
    pbf.writeStringField(2, producer);
  });
  // The number of the format's version may be any.
  return start.length >= header.length && header.every((byte, i) => i === 1 || byte === start[i]);
}

/** A protocol buffer may have this many bytes. */
const mostBytes = 2 ** 31 - 1;

/**
 * The bytes of an ONNX file. Weights are copied once, into the file.
 *
 * @throws WeldonError for a model of 2 GB and more, which ONNX can only keep in several files
 */
export function modelFile(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const header = written((pbf) => {
    pbf.writeVarintField(1, formatVersion(model.opset));
    pbf.writeStringField(2, producer);
    pbf.writeMessage(8, (opset: number, inner: PbfWriter) => inner.writeVarintField(2, opset), model.opset);
    Object.entries(model.metadata).forEach((entry) => pbf.writeMessage(14, writeEntry, entry));
  });
  const parts = [header, ...field(7, graphParts(model))];
  const size = sizeOf(parts);
  if (size > mostBytes) {
    throw expectedInWords(
      `the ONNX file of model ${model.name}`,
      'below 2 GB',
      `${(size / 1e9).toFixed(1)} GB (weights: 'float16' halves it)`,
    );
  }
  const bytes = new Uint8Array(size);
  let place = 0;
  for (const part of parts) {
    bytes.set(part, place);
    place += part.length;
  }
  return bytes;
}
