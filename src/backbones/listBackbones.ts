import { catalog } from './catalog.js';
import type { BackboneDescription } from './catalog.js';

export type { BackboneDescription } from './catalog.js';

const descriptions: readonly BackboneDescription[] = catalog.map(({ description }) => description);

/**
 * The backbones this package builds, with parameters, stages, strides, channels and receptive fields.
 *
 * @example
 * for (const { name, parameters, stages } of listBackbones()) {
 *   console.log(name, parameters, stages.map((stage) => `${stage.name}: stride ${stage.stride}`).join(', '));
 * }
 */
export function listBackbones(): readonly BackboneDescription[] {
  return descriptions;
}
