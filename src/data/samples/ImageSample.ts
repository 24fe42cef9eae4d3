/** One labelled image: the source of its bytes, and the index of its class. */
export interface ImageSample {
  /** A path (Node) or an HTTP(S) URL; with `read`, any name that errors may use. */
  readonly source: string
  readonly label: number
  /** The indices of all of its classes, if it has several; `label` is the first. */
  readonly labels?: readonly number[] | undefined
  /** The weight by which `sampling: 'weights'` draws it, from 0 up. */
  readonly weight?: number | undefined
  /** The group that `splitDataset` and `kFold` never divide: any name. */
  readonly group?: string | number | undefined
}
