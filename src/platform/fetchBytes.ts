import { joined } from '../bytes.js'

/** The longest file that is read as a whole: Node and ONNX Runtime read none of 2 GiB. */
export const MOST_BYTES = 2 ** 31 - 1

/** Fetches the bytes of a URL. @param most bytes that a host may send */
export async function fetchBytes(source: string | URL, signal?: AbortSignal, most = MOST_BYTES): Promise<Uint8Array> {
  const response = await fetch(source, signal && { signal })
  if (!response.ok) throw new Error(`${source} answered ${response.status} ${response.statusText}`)
  const tooMuch = new Error(`${source} sends more than ${most} bytes`)
  const reader = response.body?.getReader()
  const pieces: Uint8Array[] = []
  let received = 0
  try {
    if (Number(response.headers.get('content-length')) > most) throw tooMuch
    for (let next = await reader?.read(); next?.value; next = await reader?.read()) {
      received += next.value.length
      if (received > most) throw tooMuch
      pieces.push(next.value)
    }
  } finally {
    await reader?.cancel().catch(() => {})
  }
  return joined(pieces)
}
