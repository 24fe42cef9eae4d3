/**
 * The values in a pickle of tensors. A dictionary is a `Map` (Python's OrderedDict as well), a list an array, a tuple a
 * frozen array; numbers, strings, booleans and None are themselves (`null`).
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly PickleValue[]
  | PickleDict
  | GlobalName
  | StorageRef
  | TensorRef

export class PickleDict extends Map<PickleValue, PickleValue> {}

/** The name of a function or class in the pickle. It is only a name: nothing is looked up or run. */
export class GlobalName {
  constructor(readonly name: string) {}
}

/** A storage of elements in an entry of its own. `type` is missing for an untyped storage, which counts bytes. */
export class StorageRef {
  constructor(
    readonly key: string,
    readonly type: string | undefined,
    readonly length: number,
  ) {}
}

/** A view of a storage: offset and strides count elements. */
export class TensorRef {
  constructor(
    readonly storage: StorageRef,
    readonly type: string,
    readonly offset: number,
    readonly dims: readonly number[],
    readonly strides: readonly number[],
  ) {}
}
