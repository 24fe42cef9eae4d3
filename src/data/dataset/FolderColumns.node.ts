import { join } from 'node:path'
import { NumberColumn } from '../samples/NumberColumn.js'
import type { SampleTable } from '../samples/SampleTable.js'
import { StringColumn } from '../samples/StringColumn.js'

/** The files of folders in columns: a file costs its name and some bytes. */
export class FolderColumns {
  private readonly names = new StringColumn()
  private readonly places = NumberColumn.whole()
  private readonly folders: { readonly path: string; readonly label: number }[] = []

  get length(): number {
    return this.names.length
  }

  /** Opens the folder of the files that are added from now on. */
  open(path: string, label: number): void {
    this.folders.push({ path, label })
  }

  add(name: string): void {
    this.names.push(name)
    this.places.push(this.folders.length - 1)
  }

  table(): SampleTable {
    const folderOf = (index: number) => this.folders[this.places.at(index)]!
    const sourceOf = (index: number) => join(folderOf(index).path, this.names.at(index))
    const labelOf = (index: number) => folderOf(index).label
    return {
      length: this.length,
      sampleAt: (index) => ({ source: sourceOf(index), label: labelOf(index) }),
      sourceOf,
      labelOf,
    }
  }
}
