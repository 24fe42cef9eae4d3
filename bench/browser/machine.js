// A description of the machine, as a list in Markdown.

export async function describeMachine({ threads, size }) {
  const browser = navigator.userAgentData?.brands?.map(({ brand, version }) => `${brand} ${version}`).join(', ')
  const isolated = crossOriginIsolated ? 'cross-origin isolated' : 'not cross-origin isolated: WASM has one thread'
  return [
    `- browser: ${browser ?? navigator.userAgent} on ${navigator.userAgentData?.platform ?? navigator.platform}`,
    `- threads for WASM: ${threads} of ${navigator.hardwareConcurrency}, ${isolated}`,
    `- WebGPU adapter: ${await adapter()}`,
    `- WebGL renderer: ${renderer()}`,
    `- images of ${size} x ${size}; ${new Date().toISOString().slice(0, 10)}`,
  ].join('\n')
}

async function adapter() {
  const found = await navigator.gpu?.requestAdapter()
  if (!found) return 'none'
  const { vendor, architecture, device, description } = found.info
  const features = ['shader-f16', 'subgroups'].filter((feature) => found.features.has(feature))
  return [vendor, architecture, device, description, ...features].filter(Boolean).join(', ')
}

function renderer() {
  const gl = document.createElement('canvas').getContext('webgl2')
  const info = gl?.getExtension('WEBGL_debug_renderer_info')
  return gl ? gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER) : 'none'
}
