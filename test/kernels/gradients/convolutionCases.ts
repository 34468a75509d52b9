import type { Shape4D } from './referenceGradients.js';

export type Pad = 'same' | 'valid' | number | [[number, number], [number, number], [number, number], [number, number]];

export interface ConvolutionCase {
  title: string;
  input: Shape4D;
  filter: Shape4D;
  strides?: number | [number, number];
  pad: Pad;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

const explicit: Pad = [
  [0, 0],
  [2, 1],
  [0, 3],
  [0, 0],
];

/** Channels that are and are not multiples of the vector width, below, at and above the tile and block sizes. */
export const convolutionCases: ConvolutionCase[] = [
  ...[1, 3, 5, 17].flatMap((inChannels) =>
    [1, 3, 5, 17].map((outChannels): ConvolutionCase => ({
      title: `${inChannels} to ${outChannels} channels`,
      input: [2, 6, 7, inChannels],
      filter: [3, 3, inChannels, outChannels],
      pad: 'same',
    })),
  ),
  ...[1, 2, 3].flatMap((strides) =>
    (['same', 'valid', 1, explicit] as Pad[]).map((pad): ConvolutionCase => ({
      title: `strides ${strides}, pad ${JSON.stringify(pad)}`,
      input: [2, 9, 8, 4],
      filter: [3, 3, 4, 8],
      strides,
      pad,
      dimRoundingMode: typeof pad === 'number' ? 'floor' : undefined,
    })),
  ),
  { title: 'different strides', input: [1, 9, 11, 3], filter: [3, 2, 3, 6], strides: [3, 2], pad: 'same' },
  { title: '1×1 filter', input: [2, 5, 5, 12], filter: [1, 1, 12, 20], pad: 'valid' },
  { title: '1×1 filter, strides 2', input: [2, 5, 5, 7], filter: [1, 1, 7, 9], strides: 2, pad: 'same' },
  { title: '1×5 filter', input: [2, 4, 9, 4], filter: [1, 5, 4, 8], pad: 'same' },
  { title: '5×1 filter', input: [2, 9, 4, 4], filter: [5, 1, 4, 8], pad: 'same' },
  { title: '2×4 filter of 3 channels', input: [2, 6, 6, 3], filter: [2, 4, 3, 4], pad: 'same' },
  { title: 'filter larger than the input', input: [2, 2, 3, 4], filter: [5, 7, 4, 8], pad: 'same' },
  { title: 'filter larger than the input, valid: no output', input: [2, 2, 2, 4], filter: [3, 3, 4, 8], pad: 'valid' },
  {
    title: 'padding beyond the filter',
    input: [1, 3, 3, 2],
    filter: [1, 1, 2, 2],
    pad: [
      [0, 0],
      [3, 2],
      [2, 4],
      [0, 0],
    ],
  },
  { title: 'a number for pad with a filter that is not square', input: [1, 6, 6, 2], filter: [1, 3, 2, 2], pad: 0 },
  { title: 'more than one block of pixels and of rows', input: [3, 13, 13, 20], filter: [3, 3, 20, 24], pad: 'same' },
  { title: 'one pixel', input: [1, 1, 1, 5], filter: [1, 1, 5, 5], pad: 'valid' },
  { title: 'empty batch', input: [0, 5, 5, 3], filter: [3, 3, 3, 4], pad: 'same' },
];
