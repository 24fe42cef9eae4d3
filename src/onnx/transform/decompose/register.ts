import { type Node, operatorOf } from '../../graph/graph.js'
import { Attention } from './Attention.js'
import { LpNormalization } from './LpNormalization.js'
import { MeanVarianceNormalization } from './MeanVarianceNormalization.js'
import { Attention as PackedAttention } from './microsoft/Attention.js'
import { BiasGelu } from './microsoft/BiasGelu.js'
import { FastGelu } from './microsoft/FastGelu.js'
import { FusedConv } from './microsoft/FusedConv.js'
import { FusedGemm } from './microsoft/FusedGemm.js'
import { FusedMatMul } from './microsoft/FusedMatMul.js'
import { MultiHeadAttention } from './microsoft/MultiHeadAttention.js'
import { QuickGelu } from './microsoft/QuickGelu.js'
import { RotaryEmbedding as RotaryEmbeddingOfRuntime } from './microsoft/RotaryEmbedding.js'
import { SkipLayerNormalization } from './microsoft/SkipLayerNormalization.js'
import { SkipSimplifiedLayerNormalization } from './microsoft/SkipSimplifiedLayerNormalization.js'
import { RMSNormalization } from './RMSNormalization.js'
import { RotaryEmbedding } from './RotaryEmbedding.js'
import { SimplifiedLayerNormalization } from './SimplifiedLayerNormalization.js'
import { Swish } from './Swish.js'
import type { Decomposition } from './support/decomposition.js'

/** The list of all decompositions, sorted by operator, those of the standard first. */
export const decompositions: readonly Decomposition[] = [
  Attention,
  LpNormalization,
  MeanVarianceNormalization,
  RMSNormalization,
  RotaryEmbedding,
  SimplifiedLayerNormalization,
  Swish,
  PackedAttention,
  BiasGelu,
  FastGelu,
  FusedConv,
  FusedGemm,
  FusedMatMul,
  MultiHeadAttention,
  QuickGelu,
  RotaryEmbeddingOfRuntime,
  SkipLayerNormalization,
  SkipSimplifiedLayerNormalization,
]

const byOperator = new Map(decompositions.map((each) => [each.operator, each]))

export const decompositionOf = (node: Node): Decomposition | undefined => byOperator.get(operatorOf(node))
