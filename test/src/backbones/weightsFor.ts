import type { BackboneOptions } from '../../../src/backbones/networks/backboneOptions.js';
import { resolveBackboneOptions } from '../../../src/backbones/networks/backboneOptions.js';
import type { BackboneDesign } from '../../../src/backbones/networks/backboneDesign.js';
import { drawBackbone } from '../../../src/backbones/networks/buildBackbone.js';
import { acceptedShapes, slotParts } from '../../../src/backbones/weights/weightSlots.js';
import type { WeightSource } from '../../../src/formats/weightSource.js';

/**
 * Weights that fit a network, by the names of one of its conventions: each value is `value(name, i)`.
 *
 * @param convention as a naming calls itself; by default the first
 */
export function weightsFor(
  design: BackboneDesign,
  options: BackboneOptions,
  value: (name: string, i: number) => number,
  convention?: string,
): WeightSource {
  const { model, slots, namings } = drawBackbone(
    design,
    resolveBackboneOptions(design.name, design.stages, design.last, { batchNorm: 'train', ...options }),
    true,
  );
  const naming = namings.find((each) => convention === undefined || each.convention === convention)!;
  const shapes = new Map(
    slots.flatMap((slot) =>
      slotParts(slot, naming.folded).map(
        (part) => [naming.nameOf(slot.names, part), acceptedShapes(slot, part, naming.layout)[0]] as const,
      ),
    ),
  );
  model.dispose();
  return {
    layout: naming.layout,
    shapes,
    read: (name) =>
      Float32Array.from({ length: shapes.get(name)!.reduce((product, side) => product * side, 1) }, (_, i) =>
        value(name, i),
      ),
  };
}
