import type { Estimate, Example, ExperimentResults } from '../../../../src/commands/report/results.js';

const estimate = (value: number, half = 0.04): Estimate => ({ value, low: value - half, high: value + half });

/** Counts that add up to 20 a class: `right` of each class, the rest taken for the next class. */
function confusion(right: readonly number[]): number[][] {
  return right.map((n, c) => right.map((_, to) => (to === c ? n : to === (c + 1) % right.length ? 20 - n : 0)));
}

const classes = ['bag', 'ball', 'clock', 'fruit', 'hat', 'instrument', 'shoe', 'sweets', 'tool', 'vegetable & <herbs>'];

function judged(path: string, right: boolean): Example {
  const values = Array.from(
    { length: 49 },
    (_, i) => Math.round(100 * (Math.exp(-(((i % 7) - 2) ** 2 + (Math.floor(i / 7) - 4) ** 2) / 3) - 0.2)) / 100,
  );
  const map = { rows: 7, columns: 7, score: 2.31, probability: 0.82 };
  return {
    method: 'weldon',
    path,
    width: 448,
    height: 448,
    classes: ['ball'],
    boxes: [{ className: 'ball', x: 100, y: 260, width: 80, height: 70 }],
    maps: right
      ? [{ ...map, className: 'ball', role: 'both', values }]
      : [
          { ...map, className: 'ball', role: 'true', values, probability: 0.04, score: -1.2 },
          { ...map, className: 'fruit', role: 'predicted', values: [...values].reverse() },
        ],
  };
}

/** Results of every kind that there is, made up. */
export function sampleResults(images: readonly string[]): ExperimentResults {
  return {
    version: 1,
    title: 'Scattered objects: does WELDON help?',
    made: {
      date: '2026-01-02T03:04:05Z',
      command: 'npm run mit67 -- --seed 0',
      version: '0.1.0',
      backend: 'wasm',
      seconds: 212,
      facts: [
        { name: 'Backbone', value: 'EfficientNet-Lite0, frozen' },
        { name: 'Size', value: '448 px' },
      ],
    },
    dataSet: { name: 'scattered objects', classes, multiLabel: false, train: 200, validation: 60, test: 200 },
    metrics: [
      {
        id: 'accuracy',
        name: 'Accuracy',
        explained: 'Part of the test images that are given their class.',
        group: 'recognition',
        unit: 'share',
        better: 'higher',
      },
      {
        id: 'pointing',
        name: 'Pointing',
        explained: 'Pointing game within 15 pixels (Zhang et al., ECCV 2016).',
        group: 'localisation',
        unit: 'share',
        better: 'higher',
      },
      {
        id: 'deletion',
        name: 'Deletion',
        explained: 'Area under probability as evidence is taken away (RISE).',
        group: 'faithfulness',
        unit: 'number',
        better: 'lower',
      },
      {
        id: 'seconds',
        name: 'Training',
        explained: 'Seconds of training.',
        group: 'cost',
        unit: 'seconds',
        better: 'lower',
      },
    ],
    methods: [
      {
        id: 'gap',
        name: 'GAP',
        strategy: 'features',
        details: ['448 px', 'rate 3e-3'],
        perClass: [0.5, 0.4, 0.9, 0.6, 0.7, 0.8, 0.55, 0.65, 0.35, null],
        estimates: {
          accuracy: estimate(0.605),
          pointing: estimate(0.772),
          deletion: estimate(0.31),
          seconds: { value: 4.21, low: null, high: null },
        },
        confusion: confusion([10, 8, 18, 12, 14, 16, 11, 13, 7, 20]),
      },
      {
        id: 'weldon',
        name: 'WELDON, k = 8 %',
        strategy: 'features',
        details: ['448 px', 'rate 1e-2', '3 seeds'],
        perClass: [0.8, 0.75, 0.95, 0.7, 0.85, 0.9, 0.8, 0.7, 0.6, 1],
        estimates: {
          accuracy: { ...estimate(0.805), each: [0.79, 0.81, 0.815] },
          pointing: estimate(0.93),
          deletion: estimate(0.22),
          seconds: { value: 5.02, low: null, high: null },
        },
        confusion: confusion([16, 15, 19, 14, 17, 18, 16, 14, 12, 20]),
      },
      // one name with another row, and a seed that learnt nothing
      {
        id: 'ft-gap',
        name: 'GAP',
        strategy: 'fine-tuned',
        details: ['448 px', '3 seeds'],
        perClass: [0.6, 0.5, 0.5, 0.6, 0.7, 0.4, 0.55, 0.65, 0.35, 0.45],
        estimates: { accuracy: { ...estimate(0.53), each: [0.78, 0.71, 0.1] } },
        confusion: confusion([12, 10, 10, 12, 14, 8, 11, 13, 7, 9]),
      },
      {
        id: 'weldon-reference',
        name: 'WELDON, k = 8 %',
        strategy: 'reference',
        details: [],
        published: { source: 'the same in PyTorch' },
        estimates: { accuracy: { value: 0.798, low: null, high: null } },
      },
      {
        id: 'paper',
        name: 'WELDON, VGG16, several scales',
        strategy: 'published',
        details: ['MIT67'],
        published: { source: 'Durand et al., CVPR 2016, table 1' },
        estimates: { accuracy: { value: 0.78, low: null, high: null } },
      },
    ],
    comparisons: [
      {
        method: 'weldon',
        against: 'gap',
        metric: 'accuracy',
        difference: { value: 0.2, low: 0.13, high: 0.27 },
        p: 0.0002,
        test: 'paired bootstrap',
      },
      {
        method: 'weldon',
        against: 'gap',
        metric: 'deletion',
        difference: { value: 0.02, low: -0.01, high: 0.05 },
        p: null,
        test: 'paired bootstrap',
      },
      {
        method: 'weldon',
        against: 'ft-gap',
        metric: 'accuracy',
        difference: { value: 0.27, low: 0.2, high: 0.33 },
        p: 0.002,
        test: 'paired bootstrap',
      },
    ],
    sweeps: [
      {
        title: 'Accuracy against k',
        x: 'k+ = k−, regions',
        logarithmic: true,
        metric: 'accuracy',
        lines: [
          {
            name: 'WELDON',
            points: [
              [1, 0.62],
              [3, 0.71],
              [16, 0.8],
              [39, 0.74],
            ].map(([x, value]) => ({ x, estimate: estimate(value) })),
          },
          {
            name: 'top only',
            points: [
              [1, 0.5],
              [3, 0.63],
              [16, 0.7],
              [39, 0.66],
            ].map(([x, value]) => ({ x, estimate: estimate(value) })),
          },
        ],
      },
      {
        title: 'Accuracy against scale',
        x: 'image size, px',
        metric: 'accuracy',
        lines: [
          {
            name: 'WELDON',
            points: [
              [224, 0.6],
              [320, 0.72],
              [448, 0.8],
            ].map(([x, value]) => ({ x, estimate: estimate(value) })),
          },
        ],
      },
      {
        title: 'Accuracy of the held-out images against the learning rate',
        x: 'learning rate',
        logarithmic: true,
        metric: 'accuracy',
        lines: ['gap', 'ft-gap'].map((method, m) => ({
          name: 'GAP',
          method,
          points: [
            [1e-3, 0.6],
            [3e-3, 0.7],
            [1e-2, 0.5],
          ].map(([x, value]) => ({ x, estimate: { value: value + 0.1 * m, low: null, high: null } })),
        })),
      },
    ],
    curves: ['gap', 'weldon', 'ft-gap'].map((method, m) => ({
      method,
      best: 8,
      epochs: Array.from({ length: 12 }, (_, epoch) => ({
        epoch: epoch + 1,
        loss: 2.3 / (1 + epoch * (0.3 + 0.2 * m)),
        validation: 0.8 - 0.6 / (2 + epoch) - 0.1 * (1 - m),
      })),
    })),
    examples: {
      worst: images.slice(0, 3).map((path) => judged(path, false)),
      best: images.slice(3, 5).map((path) => judged(path, true)),
    },
    notices: ['3 images could not be read and were left out (--skip-corrupt): test/hat/0003.jpg …'],
  };
}
