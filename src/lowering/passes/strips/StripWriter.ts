import { GraphBuilder } from '../../../onnx/builder.js'
import { type Graph, indexGraph, type Node } from '../../../onnx/graph/graph.js'
import { matrixOf } from '../matrixOf.js'
import type { Region } from './findRegions.js'
import { type RowWise, readsRows } from './rowWise.js'

/** The rows of a strip are a multiple of this, but for the last: whole tiles of a product, and equal parts of a sum. */
const ROWS = 16

/** A writer of the nodes of a region, a stage after the other. */
export class StripWriter {
  readonly #g: GraphBuilder
  /** The rows of each strip. */
  readonly #rows: readonly number[]
  /** The names of the strips of each matrix. */
  readonly #strips = new Map<string, readonly string[]>()
  /** The matrices that are needed whole: the graph puts them out, or a node beside the region reads them. */
  readonly #whole: ReadonlySet<string>

  constructor(
    private readonly graph: Graph,
    private readonly region: Region,
    count: number,
  ) {
    this.#g = new GraphBuilder(graph, 'strips/')
    const size = ROWS * Math.ceil(region.rows / count / ROWS)
    this.#rows = Array.from({ length: Math.ceil(region.rows / size) }, (_, i) => Math.min(size, region.rows - i * size))
    const isStripReader = (node: Node, value: string) => {
      const way = region.nodes.get(node)
      return way !== undefined && readsRows(node, way, value)
    }
    const read = [...indexGraph(graph).consumers].filter(([value, nodes]) =>
      nodes.some((node) => !isStripReader(node, value)),
    )
    this.#whole = new Set([...graph.outputs.map(({ name }) => name), ...read.map(([value]) => value)])
  }

  /** Writes the nodes of a stage once for each strip. */
  write(stage: readonly Node[]): void {
    // What stays in memory whole does not stay in strips as well.
    for (const value of this.#whole) this.#strips.delete(value)
    const ways = stage.map((node) => ({ node, way: this.region.nodes.get(node)! }))
    const made = ways.flatMap(({ node, way }) => way.made.map((place) => node.outputs[place]!))
    const read = ways.flatMap(({ node, way }) => way.read.map((place) => node.inputs[place]!))
    const summed = ways.flatMap(({ node, way }) => way.summed.map((place) => node.outputs[place]!))
    const sums = new Map(summed.map((value) => [value, [] as string[]]))
    for (const value of made) this.#strips.set(value, this.#namesOf(value))
    for (const value of read) if (!this.#strips.has(value)) this.#takeApart(value)
    for (const strip of this.#rows.keys()) for (const { node, way } of ways) this.#writeStrip(node, way, strip, sums)
    for (const [sum, parts] of sums) if (parts[0] !== sum) this.#g.op('Sum', parts, {}, { outputs: [sum] })
    for (const value of made)
      if (this.#whole.has(value)) this.#g.op('Concat', this.#strips.get(value)!, { axis: 0 }, { outputs: [value] })
  }

  #takeApart(value: string): void {
    const outputs = this.#namesOf(value)
    this.#g.ops('Split', [value, this.#g.ints(...this.#rows)], { axis: 0 }, { outputs })
    this.#strips.set(value, outputs)
  }

  #writeStrip(node: Node, { read, made, summed }: RowWise, strip: number, sums: ReadonlyMap<string, string[]>): void {
    const at = (value: string) => this.#strips.get(value)![strip]!
    const copy: Node = {
      ...node,
      name: `${node.name}/strip ${strip + 1}`,
      inputs: node.inputs.map((input, place) => (read.includes(place) ? at(input) : input)),
      outputs: node.outputs.map((output, place) => (made.includes(place) ? at(output) : '')),
      attributes: { ...node.attributes },
    }
    for (const place of summed) {
      const sum = node.outputs[place]!
      const parts = sums.get(sum)!
      if (node.opType === 'Gemm') {
        // A product adds to what it is given.
        delete copy.attributes.beta
        if (parts.length > 0) copy.inputs[2] = parts.pop()!
      }
      const isTotal = node.opType === 'Gemm' && strip === this.#rows.length - 1
      copy.outputs[place] = isTotal ? sum : this.#partOf(sum)
      parts.push(copy.outputs[place])
    }
    this.graph.nodes.push(copy)
  }

  #partOf(sum: string): string {
    const name = this.#g.fresh(sum)
    this.graph.values.set(name, { ...this.graph.info(sum), name })
    return name
  }

  /** Returns new names for the strips of a matrix. */
  #namesOf(value: string): readonly string[] {
    const [, columns] = matrixOf(this.graph, value)!
    return this.#rows.map((rows) => {
      const name = this.#g.fresh(value)
      this.graph.values.set(name, { ...this.graph.info(value), name, shape: [rows, columns] })
      return name
    })
  }
}
