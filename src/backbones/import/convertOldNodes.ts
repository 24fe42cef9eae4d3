import type { Graph } from '../../onnx/graph/graph.js'
import { convertOpset } from '../../onnx/transform/convertOpset.js'
import { notAClassifier } from './notAClassifier.js'

/** The operator set that a backbone has at least. */
const LOWEST_OPSET = 12
/** The first whose Gemm, batch norm and arithmetic mean what they mean today. */
export const FIRST_OPSET = 7

/** Operators that changed their meaning since, and that no classifier needs. */
const CHANGED = new Set(['Loop', 'NonMaxSuppression', 'Resize', 'Scan', 'TopK', 'Upsample'])

/**
 * Rewrites the nodes of an operator set from 7 on as set 12 wants them. Each layer gets constants of its own.
 *
 * @throws FineTuneError 'backbones/not-a-classifier' for an operator that changed its meaning
 */
export function convertOldNodes(graph: Graph): void {
  const opset = graph.opsets.get('') ?? 1
  if (opset >= LOWEST_OPSET) return
  const changed = graph.nodes.find(({ domain, opType }) => domain === '' && CHANGED.has(opType))
  if (changed) throw notAClassifier(`${changed.opType} (node ${changed.name}) of operator set ${opset} is too old`)
  convertOpset(graph, LOWEST_OPSET)
}
