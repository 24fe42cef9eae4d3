/** One labelled image: the source of its bytes, and the index of its class. */
export interface ImageSample {
  /** A path (Node) or an HTTP(S) URL; with `read`, any name that errors may use. */
  readonly source: string
  /** The index of its class: of several `labels` the first, of none of them, or with `values`, 0. */
  readonly label: number
  /** The indices of all its classes, any number of them, for a model of several labels an image. */
  readonly labels?: readonly number[] | undefined
  /** The numbers to predict, one for each name in `classes`, for regression. */
  readonly values?: readonly number[] | undefined
  /** The weight by which `sampling: 'weights'` draws it, from 0 up. */
  readonly weight?: number | undefined
  /** The group that `splitDataset` and `kFold` never divide: any name. */
  readonly group?: string | number | undefined
}
