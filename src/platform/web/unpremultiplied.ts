/**
 * Returns the pixels of a bitmap that has alpha, RGBA, by WebGL: the one way to pixels as they are. A 2-D canvas rounds
 * what it multiplied by alpha, and loses what is wholly transparent.
 *
 * @throws Error where WebGL is not available
 */
export function unpremultiplied(bitmap: ImageBitmap): Uint8Array {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl')
  if (!gl)
    throw new Error('it is partly transparent, and its pixels can be read by WebGL alone, which is not available')
  try {
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE)
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture())
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap)
    gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer())
    gl.framebufferTexture2D(
      gl.FRAMEBUFFER,
      gl.COLOR_ATTACHMENT0,
      gl.TEXTURE_2D,
      gl.getParameter(gl.TEXTURE_BINDING_2D),
      0,
    )
    const rgba = new Uint8Array(bitmap.width * bitmap.height * 4)
    gl.readPixels(0, 0, bitmap.width, bitmap.height, gl.RGBA, gl.UNSIGNED_BYTE, rgba)
    const error = gl.getError()
    if (error !== gl.NO_ERROR) throw new Error(`WebGL cannot read its pixels (error ${error})`)
    return rgba
  } finally {
    // A page may have few of them.
    gl.getExtension('WEBGL_lose_context')?.loseContext()
  }
}
