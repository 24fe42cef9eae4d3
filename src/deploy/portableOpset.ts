import type { Graph } from '../onnx/graph/graph.js'
import { declareOpset } from '../onnx/transform/convertOpset.js'
import { dropUnusedDomains } from '../onnx/transform/dropUnusedDomains.js'

/** ONNX 1.12 of 2022: the version that the runtimes of phones, browsers and other vendors read today. */
const OPSET = 17
const IR_VERSION = 8

/**
 * Declares operator set 17 and IR version 8 if every operator has the same form there; otherwise the graph keeps its
 * own. Domains that no node uses are no longer declared.
 */
export function declarePortableOpset(graph: Graph): void {
  dropUnusedDomains(graph)
  if (declareOpset(graph, OPSET)) graph.irVersion = IR_VERSION
}
