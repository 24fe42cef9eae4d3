import { Html, html } from './html.js'
import { style } from './style.js'

/** Returns a standalone page, without network or script. @param images true if it has some, in data URIs */
export function page(title: string, body: Html, images: boolean): string {
  return html`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'${images && '; img-src data:'}">
<title>${title}</title>
<style>${new Html(style)}
</style></head><body>
<h1><bdi>${title}</bdi></h1>
${body}
</body></html>
`.text
}
