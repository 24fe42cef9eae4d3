/** A file for an archive, and what its header says otherwise than it should. */
export interface TarFile {
  readonly name: string
  readonly content?: Uint8Array | string
  readonly type?: string
  /** The digits of its size. */
  readonly size?: string
  readonly prefix?: string
  readonly checksum?: number
}

const bytesOf = (content: Uint8Array | string) =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content

/** A tar archive (POSIX.1-1988) of these files. */
export function tar(files: readonly TarFile[], end = 1024): Uint8Array<ArrayBuffer> {
  const blocks = files.flatMap((file) => {
    const content = bytesOf(file.content ?? '')
    const padded = new Uint8Array(Math.ceil(content.length / 512) * 512)
    padded.set(content)
    return [headerOf(file, content.length), padded]
  })
  const archive = new Uint8Array(blocks.reduce((sum, { length }) => sum + length, end))
  let at = 0
  for (const block of blocks) {
    archive.set(block, at)
    at += block.length
  }
  return archive
}

function headerOf({ name, type = '0', size, prefix = '', checksum }: TarFile, length: number): Uint8Array {
  const header = new Uint8Array(512)
  const put = (text: string, at: number) => header.set(bytesOf(text), at)
  put(name, 0)
  put('0000644\0', 100)
  put(size ?? `${length.toString(8).padStart(11, '0')}\0`, 124)
  put('        ', 148)
  put(type, 156)
  put('ustar\u000000', 257)
  put(prefix, 345)
  put(`${(checksum ?? header.reduce((sum, byte) => sum + byte, 0)).toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** A header of pax attributes, for the file after it. */
export function pax(attributes: Readonly<Record<string, string>>): TarFile {
  const content = Object.entries(attributes).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`
    const length = bytesOf(rest).length
    const digits = String(length + String(length).length).length
    return `${length + digits}${rest}`
  })
  return { name: 'PaxHeaders/0', type: 'x', content: content.join('') }
}
