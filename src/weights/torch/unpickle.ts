import { LIMITS, MARK, Machine } from './Machine.js'
import { GlobalName, PickleDict, type PickleValue, type StorageRef } from './pickleValues.js'
import { malformed, refused } from './torchErrors.js'
import { callGlobal, findGlobal, persistentStorage } from './torchGlobals.js'

/**
 * Reads a pickle (protocols 2 to 5) of tensors and plain containers. A pickle is a program for a stack machine; this
 * machine knows only the operations that build data, and of functions only those in `torchGlobals`. Time and memory are
 * bounded by `LIMITS`, nothing recurses, and cycles are harmless because the result is never walked in depth.
 *
 * @throws FineTuneError 'weights/refused-pickle' (which names the request), 'weights/malformed'
 */
export function unpickle(bytes: Uint8Array): PickleValue {
  if (bytes.length > LIMITS.bytes) throw malformed(`its pickle has ${bytes.length} bytes, more than ${LIMITS.bytes}`)
  return unpickleFirst(bytes).value
}

export interface Unpickled {
  readonly value: PickleValue
  /** The number of bytes of the pickle. */
  readonly end: number
  /** Every storage that it names, in or out of a tensor. */
  readonly storages: readonly StorageRef[]
}

/** Reads the pickle that bytes begin with, as `unpickle` does: others, or anything else, may follow. */
export function unpickleFirst(bytes: Uint8Array): Unpickled {
  const machine = new Machine(bytes.subarray(0, LIMITS.bytes))
  for (let count = 0; count < LIMITS.operations; count++) {
    const code = machine.byte()
    if (code === STOP) return { value: machine.pop(), end: machine.end, storages: machine.storages }
    const operation = operations[code]
    if (!operation) throw refused(`pickle operation 0x${code.toString(16).padStart(2, '0')}`)
    operation(machine)
  }
  throw malformed(`its pickle has more than ${LIMITS.operations} operations`)
}

const STOP = 0x2e

/** The operations by their byte; the names are those of Python's `pickletools`. */
const operations: Readonly<Record<number, (machine: Machine) => void>> = {
  [code('\x80')]: (m) => void m.byte(), // PROTO
  [code('\x95')]: (m) => m.skip(8), // FRAME
  [code('N')]: (m) => m.push(null), // NONE
  [code('\x88')]: (m) => m.push(true), // NEWTRUE
  [code('\x89')]: (m) => m.push(false), // NEWFALSE
  [code('J')]: (m) => m.push(m.int32()), // BININT
  [code('K')]: (m) => m.push(m.byte()), // BININT1
  [code('M')]: (m) => m.push(m.uint16()), // BININT2
  [code('\x8a')]: (m) => m.push(m.long(m.byte())), // LONG1
  [code('G')]: (m) => m.push(m.float64()), // BINFLOAT
  [code('X')]: (m) => m.push(m.text(m.uint32())), // BINUNICODE
  [code('\x8c')]: (m) => m.push(m.text(m.byte())), // SHORT_BINUNICODE
  [code('T')]: (m) => m.push(m.text(m.uint32())), // BINSTRING
  [code('U')]: (m) => m.push(m.text(m.byte())), // SHORT_BINSTRING
  [code('}')]: (m) => m.push(new PickleDict()), // EMPTY_DICT
  [code(']')]: (m) => m.push([]), // EMPTY_LIST
  [code(')')]: (m) => m.push(Object.freeze([])), // EMPTY_TUPLE
  [code('(')]: (m) => m.push(MARK), // MARK
  [code('t')]: (m) => m.push(Object.freeze(m.popToMark())), // TUPLE
  [code('\x85')]: (m) => m.push(tuple(m, 1)), // TUPLE1
  [code('\x86')]: (m) => m.push(tuple(m, 2)), // TUPLE2
  [code('\x87')]: (m) => m.push(tuple(m, 3)), // TUPLE3
  [code('a')]: (m) => append(m, [m.pop()]), // APPEND
  [code('e')]: (m) => append(m, m.popToMark()), // APPENDS
  [code('s')]: (m) => setItems(m, tuple(m, 2)), // SETITEM
  [code('u')]: (m) => setItems(m, m.popToMark()), // SETITEMS
  [code('q')]: (m) => m.remember(m.byte()), // BINPUT
  [code('r')]: (m) => m.remember(m.uint32()), // LONG_BINPUT
  [code('\x94')]: (m) => m.memoize(), // MEMOIZE
  [code('h')]: (m) => m.recall(m.byte()), // BINGET
  [code('j')]: (m) => m.recall(m.uint32()), // LONG_BINGET
  [code('c')]: (m) => m.push(findGlobal(`${m.line()}.${m.line()}`)), // GLOBAL
  [code('\x93')]: (m) => m.push(findGlobal(tuple(m, 2).map(asName).join('.'))), // STACK_GLOBAL
  [code('Q')]: (m) => named(m, persistentStorage(m.pop())), // BINPERSID
  [code('R')]: (m) => call(m), // REDUCE
  [code('b')]: (m) => build(m), // BUILD
}

function code(character: string): number {
  return character.charCodeAt(0)
}

function named(machine: Machine, storage: StorageRef): void {
  machine.storages.push(storage)
  machine.push(storage)
}

function tuple(machine: Machine, length: number): readonly PickleValue[] {
  return Object.freeze(Array.from({ length }, () => machine.pop()).reverse())
}

function append(machine: Machine, items: readonly PickleValue[]): void {
  const list = machine.top()
  if (!Array.isArray(list) || Object.isFrozen(list)) throw malformed('its pickle appends to something that is no list')
  for (const item of items) list.push(item)
}

function setItems(machine: Machine, items: readonly PickleValue[]): void {
  const dict = machine.top()
  if (!(dict instanceof PickleDict) || items.length % 2)
    throw malformed('its pickle sets items of something that is no dict')
  for (let i = 0; i < items.length; i += 2) dict.set(items[i]!, items[i + 1]!)
}

function call(machine: Machine): void {
  const [called, args] = tuple(machine, 2) as [PickleValue, PickleValue]
  machine.push(callGlobal(called, args))
}

/** Drops the attributes of a state dict (`_metadata`). Nothing else may set any. */
function build(machine: Machine): void {
  machine.pop()
  if (!(machine.top() instanceof PickleDict)) throw refused('BUILD of an object')
}

function asName(value: PickleValue): string {
  if (typeof value === 'string') return value
  throw malformed(`its pickle names something that is no text${value instanceof GlobalName ? `: ${value.name}` : ''}`)
}
