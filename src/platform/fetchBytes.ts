export async function fetchBytes(source: string | URL, signal?: AbortSignal): Promise<Uint8Array> {
  const response = await fetch(source, signal && { signal })
  if (!response.ok) throw new Error(`${source} answered ${response.status} ${response.statusText}`)
  return new Uint8Array(await response.arrayBuffer())
}
