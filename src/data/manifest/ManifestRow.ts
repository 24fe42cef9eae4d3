/** A row of a manifest: an image, and the names of its classes. */
export interface ManifestRow {
  /** The path or URL, as UTF-8. */
  readonly source: Uint8Array
  /** The name of the class, or those of all classes. */
  readonly label?: string | undefined
  readonly labels?: readonly string[] | undefined
  /** The numbers to predict, in the place of classes. */
  readonly values?: readonly number[] | undefined
  readonly weight?: number | undefined
  readonly group?: string | undefined
}

/** A reader of rows from the bytes of a file. It is given bytes again that it has not used. */
export interface RowReader {
  /**
   * Reads whole rows.
   *
   * @param isLast true if the file ends with these bytes
   * @returns the number of bytes used
   */
  read(bytes: Uint8Array, isLast: boolean): number
  /** The line of the file that comes next, from 1. */
  readonly line: number
}

/** The columns of a manifest that hold what is to be learned. */
export interface ManifestTargets {
  /** The names of the columns of numbers. Default: none, but classes in `label` or `labels`. */
  readonly values?: readonly string[] | undefined
  /** The text between two labels in a column of CSV. */
  readonly separator: string
}

/** A receiver of rows. */
export type TakeRow = (row: ManifestRow, line: number) => void

/** A thrower of the error that names the file and a line of it. */
export type FailAt = (line: number, problem: string, cause?: unknown) => never
