import { inferShapes } from '../../onnx/inferShapes.js'
import type { Pass } from './pass.js'

/** Type and shape of every value, which the lowerings read. */
export const shapes: Pass = { name: 'shapes', required: true, apply: (graph) => inferShapes(graph) }
