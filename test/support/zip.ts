import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipOptions {
  readonly deflate?: boolean
  /** Writes a zip64 directory with all 32-bit fields saturated. */
  readonly zip64?: boolean
  /** Entries that are symbolic links, as Unix writes them. */
  readonly links?: readonly string[]
  /** Says that an entry has another size than it has. */
  readonly claim?: Readonly<Record<string, number>>
}

/** A zip file with these entries, honest unless told otherwise. */
export function zip(entries: Readonly<Record<string, Uint8Array>>, options: ZipOptions = {}): Uint8Array {
  const { deflate = false, zip64 = false, claim = {}, links = [] } = options
  const [files, directory]: [Buffer[], Buffer[]] = [[], []]
  let at = 0
  for (const [name, content] of Object.entries(entries)) {
    const data = deflate ? deflateRawSync(content) : Buffer.from(content)
    const size = claim[name] ?? content.length
    const packed = deflate ? data.length : (claim[name] ?? data.length)
    const title = Buffer.from(name)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(title.length, 26)
    files.push(local, title, data)

    const extra = zip64 ? Buffer.alloc(28) : Buffer.alloc(0)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(deflate ? 8 : 0, 10)
    central.writeUInt32LE(crc32(content), 16)
    if (links.includes(name)) {
      central.writeUInt16LE(3 << 8, 4)
      central.writeUInt32LE((0o120777 << 16) >>> 0, 38)
    }
    if (zip64) {
      extra.writeUInt16LE(1, 0)
      extra.writeUInt16LE(24, 2)
      for (const [i, value] of [size, packed, at].entries()) extra.writeBigUInt64LE(BigInt(value), 4 + i * 8)
    }
    for (const [field, value] of [
      [24, size],
      [20, packed],
      [42, at],
    ] as const)
      central.writeUInt32LE(zip64 ? 0xffffffff : value, field)
    central.writeUInt16LE(title.length, 28)
    central.writeUInt16LE(extra.length, 30)
    directory.push(central, title, extra)
    at += 30 + title.length + data.length
  }
  const central = Buffer.concat(directory)
  const count = Object.keys(entries).length
  return new Uint8Array(Buffer.concat([...files, central, ends(central.length, at, count, zip64)]))
}

function ends(size: number, begin: number, count: number, zip64: boolean): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(zip64 ? 0xffff : count, 10)
  end.writeUInt32LE(zip64 ? 0xffffffff : size, 12)
  end.writeUInt32LE(zip64 ? 0xffffffff : begin, 16)
  if (!zip64) return end
  const wide = Buffer.alloc(56)
  wide.writeUInt32LE(0x06064b50, 0)
  for (const [i, value] of [count, size, begin].entries()) wide.writeBigUInt64LE(BigInt(value), 32 + i * 8)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(begin + size), 8)
  return Buffer.concat([wide, locator, end])
}
