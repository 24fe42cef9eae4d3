import { intsAttribute, type Node } from '../../../onnx/graph/graph.js'

/** Tells whether a transposition is one of feature maps, [N, C, H, W] to [N, H, W, C]. */
export const isToChannelsLast = (node: Node): boolean => `${intsAttribute(node, 'perm')}` === '0,2,3,1'

/** Tells whether a transposition is one to feature maps, [N, H, W, C] to [N, C, H, W]. */
export const isFromChannelsLast = (node: Node): boolean => `${intsAttribute(node, 'perm')}` === '0,3,1,2'
