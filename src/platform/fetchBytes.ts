export async function fetchBytes(source: string | URL): Promise<Uint8Array> {
  const response = await fetch(source)
  if (!response.ok) throw new Error(`${source} answered ${response.status} ${response.statusText}`)
  return new Uint8Array(await response.arrayBuffer())
}
