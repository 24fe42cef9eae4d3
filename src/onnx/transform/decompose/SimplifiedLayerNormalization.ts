import type { Decomposition } from './support/decomposition.js'
import { writeRmsNorm } from './support/rmsNorm.js'

/** The name that ONNX Runtime gave RMSNormalization before the standard had it. */
export const SimplifiedLayerNormalization: Decomposition = {
  operator: 'SimplifiedLayerNormalization',
  write(c) {
    if (c.isRead(1)) c.refuse('more outputs than the first')
    writeRmsNorm(c, c.node.inputs[0]!, c.node.inputs[1]!, 1e-5)
  },
}
