import { type Graph, type GraphIndex, indexGraph, type Node } from '../../../onnx/graph/graph.js'
import { matrixOf } from '../matrixOf.js'
import { type RowWise, readsRows, rowWise } from './rowWise.js'

/** Nodes that compute one matrix from another, row by row. */
export interface Region {
  readonly rows: number
  /** The number of columns of its widest matrices. */
  readonly width: number
  readonly nodes: ReadonlyMap<Node, RowWise>
}

/** The matrices of a region that others read or make may have at most this share of the elements of its own. */
const MOST_BORDER = 0.5

/**
 * Finds the nodes around the widest matrices of a graph, forward and backward, whose own matrices are large beside those
 * that they share with other nodes.
 *
 * @param isWide tells which matrices are worth it
 */
export function findRegions(graph: Graph, isWide: (rows: number, columns: number) => boolean): Region[] {
  const finder = new RegionFinder(graph)
  const shapes = new Map<string, readonly [number, number]>()
  for (const value of finder.values) {
    const shape = matrixOf(graph, value)!
    if (isWide(...shape)) shapes.set(String(shape), shape)
  }
  const widest = [...shapes.values()].sort((a, b) => b[1] - a[1])
  return widest.flatMap(([rows, width]) => finder.around(rows, width).map((nodes) => ({ rows, width, nodes })))
}

class RegionFinder {
  readonly #ways = new Map<Node, RowWise>()
  readonly #index: GraphIndex
  readonly #outputs: ReadonlySet<string>
  readonly #taken = new Set<Node>()

  constructor(readonly graph: Graph) {
    this.#index = indexGraph(graph)
    this.#outputs = new Set(graph.outputs.map(({ name }) => name))
    for (const node of graph.nodes) {
      const way = rowWise(node, graph)
      if (way) this.#ways.set(node, way)
    }
  }

  /** The matrices that row-wise nodes read or make. */
  get values(): Set<string> {
    return new Set([...this.#ways.keys()].flatMap((node) => this.#matricesOf(node)))
  }

  /** Returns the groups of nodes around matrices of a shape; no other group gets their nodes. */
  around(rows: number, width: number): ReadonlyMap<Node, RowWise>[] {
    const isOfShape = (value: string) => String(matrixOf(this.graph, value)) === `${rows},${width}`
    const left = new Set(
      [...this.#ways.keys()].filter((node) => this.#isFree(node) && this.#matricesOf(node).some(isOfShape)),
    )
    const groups: ReadonlyMap<Node, RowWise>[] = []
    for (const first of left) {
      const group = this.#connected(first, left)
      const { inside, border } = this.#sizes(group)
      if (border > MOST_BORDER * inside) continue
      this.#grow(group)
      for (const node of group) this.#taken.add(node)
      groups.push(new Map([...group].map((node) => [node, this.#ways.get(node)!])))
    }
    return groups
  }

  /** Moves a node, and those that share matrices with it, to a group of their own. */
  #connected(first: Node, left: Set<Node>): Set<Node> {
    const group = new Set([first])
    left.delete(first)
    for (const node of group) for (const other of this.#neighbours(node)) if (left.delete(other)) group.add(other)
    return group
  }

  /** Adds nodes beside a group as long as its border does not become wider by them. */
  #grow(group: Set<Node>): void {
    for (const node of group)
      for (const other of this.#neighbours(node)) {
        if (!this.#isFree(other) || group.has(other)) continue
        const before = this.#sizes(group).border
        group.add(other)
        if (this.#sizes(group).border > before) group.delete(other)
      }
  }

  /** Returns the number of elements of the matrices of a group that no other node knows, and of the others. */
  #sizes(group: ReadonlySet<Node>): { readonly inside: number; readonly border: number } {
    const sizes = { inside: 0, border: 0 }
    for (const value of new Set([...group].flatMap((node) => this.#matricesOf(node)))) {
      const [rows, columns] = matrixOf(this.graph, value)!
      if (columns > 1) sizes[this.#isInside(value, group) ? 'inside' : 'border'] += rows * columns
    }
    return sizes
  }

  #isInside(value: string, group: ReadonlySet<Node>): boolean {
    const maker = this.#index.producer.get(value)
    const readers = this.#index.consumers.get(value) ?? []
    const isOfGroup = maker !== undefined && [maker, ...readers].every((node) => group.has(node))
    return (
      isOfGroup && !this.#outputs.has(value) && readers.every((node) => readsRows(node, this.#ways.get(node)!, value))
    )
  }

  #isFree = (node: Node): boolean => this.#ways.has(node) && !this.#taken.has(node)

  #matricesOf(node: Node): string[] {
    const { read, made } = this.#ways.get(node)!
    return [...read.map((place) => node.inputs[place]!), ...made.map((place) => node.outputs[place]!)]
  }

  /** Returns the row-wise nodes that share a matrix with a node. */
  #neighbours(node: Node): Node[] {
    const { producer, consumers } = this.#index
    return this.#matricesOf(node)
      .flatMap((value) => [producer.get(value), ...(consumers.get(value) ?? [])])
      .filter((other): other is Node => other !== undefined && other !== node && this.#ways.has(other))
  }
}
