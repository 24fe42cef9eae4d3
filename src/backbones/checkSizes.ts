import { type Architecture, hasWidth, type Sizes } from './Architecture.js'
import { backboneError } from './errors.js'

/** Checks that a network can have these sizes. @throws FineTuneError 'backbones/width', 'backbones/image-size' */
export function checkSizes(architecture: Architecture, { width, imageSize }: Sizes): void {
  const { name: backbone, defaultWidth: only, widthStep = 1, leastSize = 1, patchSize = 1 } = architecture
  const step = widthStep === 'fixed' ? undefined : widthStep
  if (!hasWidth(architecture, width)) throw backboneError('backbones/width', { backbone, received: width, step, only })
  if (imageSize < leastSize || imageSize % patchSize)
    throw backboneError('backbones/image-size', {
      backbone,
      received: imageSize,
      least: leastSize,
      patch: patchSize,
    })
}
