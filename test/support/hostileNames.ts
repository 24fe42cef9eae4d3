/** What names of files may hold that a terminal, a page, a spreadsheet or a reader of lines takes for an order. */
export const HOSTILE_NAMES: readonly string[] = [
  '\u001b[31mred',
  '\u001b]8;;http:evil\u0007link\u001b]8;;\u0007',
  '\u001b]52;c;ZXZpbA==\u0007clipboard',
  'bell\u0007',
  'return\rforged',
  'line\nepoch 9: loss 0.000',
  'back\b\b\b\bspace',
  'delete\u007f',
  'csi\u009b31m',
  'nel\u0085',
  'right\u202egnp.exe',
  'isolate\u2066left\u200f',
  'separator\u2028paragraph\u2029',
  '<script>alert(1)<\u2215script>',
  '"><img src=x onerror=alert(1)>',
  "'&<s>&amp;",
  '--><!--',
  '=HYPERLINK("http:evil")',
  '+1+1',
  '@SUM(1)',
  '-1+1',
  '\t=1+1',
  '\r=1+1',
  '__proto__',
  'constructor',
]

/** What no text from elsewhere may bring: control characters, changes of direction, ends of lines that are none here. */
export const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u
