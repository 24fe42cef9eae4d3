/**
 * The style sheet of the report: light or dark by the reader's setting, one column on a phone, black on white on paper.
 */
export const style = `
:root { color-scheme: light dark; --back: #fff; --card: #f6f7f9; --text: #1b1f24; --faint: #5c6670; --rule: #d8dde3;
  --train: #1f6fd0; --validation: #c2560c; --good: #1a7f4b; --bad: #b3261e; --third: #6b45b8; --fourth: #0d7f86 }
@media screen and (prefers-color-scheme: dark) { :root { --back: #14171b; --card: #1d2126; --text: #e6e9ed;
  --faint: #9aa4af; --rule: #363d45; --train: #6cabf5; --validation: #f0934e; --good: #4cc38a; --bad: #ff8a80;
  --third: #b79df2; --fourth: #56c7ce } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1rem; max-width: 72rem; background: var(--back); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .5rem 0 }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem; border-bottom: 1px solid var(--rule) }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem }
p { margin: .4rem 0 }
p.faint { font-size: .85rem }
.faint, small, .source { color: var(--faint) }
.problem { border-left: 4px solid var(--bad); padding: .3rem .8rem; background: var(--card) }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .6rem; margin: 1rem 0; padding: 0 }
.cards div { background: var(--card); border-radius: .5rem; padding: .6rem .8rem }
.cards dt { color: var(--faint); font-size: .85rem }
.cards dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums }
.cards small { font-size: .8rem; font-weight: 400; display: block }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1rem }
.chart { margin: 0; min-width: 0 }
.chart > svg { display: block; width: 100% }
figcaption { font-weight: 600 }
.legend { display: flex; flex-wrap: wrap; gap: .1rem .9rem; margin: 0; padding: 0; list-style: none; font-size: .85rem; color: var(--faint) }
.legend svg { width: 24px; height: 8px; margin-inline-end: .35rem; vertical-align: middle }
svg text { fill: var(--faint); font: 11px system-ui, sans-serif }
.axis { fill: none; stroke: var(--faint) }
.grid { stroke: var(--rule) }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; stroke: currentColor }
.dot { fill: currentColor }
.train, .group-0 { color: var(--train) }
.validation, .group-1 { color: var(--validation) }
.group-2 { color: var(--third) }
.group-3 { color: var(--fourth) }
.line.validation, .line.group-1 { stroke-dasharray: 6 4 }
.line.group-2 { stroke-dasharray: 2 4 }
.line.group-3 { stroke-dasharray: 9 3 2 3 }
.steps { color: var(--faint); opacity: .55 }
.line.steps { stroke-width: 1 }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--rule); text-align: end; white-space: nowrap }
th { font-weight: 600 }
thead th { color: var(--faint); font-size: .85rem; vertical-align: bottom; white-space: normal; overflow-wrap: normal }
th:first-child, td:first-child, .name { text-align: start }
th:first-child, td:first-child { padding-inline-start: 0 }
.name { white-space: normal; min-width: 6rem; max-width: 24rem }
.bar { width: 12rem; padding-inline-end: 0 }
.bar span { display: block; height: .6rem; border-radius: .2rem; background: var(--train); opacity: .6 }
.matrix td, .matrix th { border: 0; padding: .2rem }
.matrix tr:first-of-type th { vertical-align: bottom }
.matrix tr:first-of-type th span { display: block; writing-mode: vertical-rl; transform: rotate(180deg); max-height: 9rem; overflow: hidden; text-overflow: ellipsis; text-align: start }
.matrix th[scope=row] span { display: block; max-width: 10rem; overflow: hidden; text-overflow: ellipsis; padding-inline-end: .3rem }
.matrix td[style] { min-width: 2.6rem; height: 2.6rem; text-align: center; vertical-align: middle; border: 2px solid var(--back); border-radius: .4rem }
.right { background: color-mix(in srgb, var(--good) calc(var(--share) * .65), var(--card)) }
.wrong { background: color-mix(in srgb, var(--bad) calc(var(--share) * .65), var(--card)) }
.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .8rem; padding: 0; list-style: none; font-size: .85rem }
.mistakes li { background: var(--card); border-radius: .5rem; padding: .5rem; min-width: 0; break-inside: avoid }
.mistakes p { margin: .1rem 0 }
.mistakes img, .blank { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; border-radius: .3rem; background: var(--back) }
.mistakes img + img { margin-top: .3rem }
.source { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: .75rem }
dl { margin: .4rem 0 }
dl:not(.cards) > div { display: grid; grid-template-columns: minmax(8.5rem, 1fr) minmax(0, 3fr); gap: .8rem; padding: .15rem 0 }
dl:not(.cards) dt { color: var(--faint) }
dd { margin: 0; min-width: 0 }
dd ol { margin: 0; padding-inline-start: 1.2rem }
details { margin: .4rem 0 }
summary { cursor: pointer; color: var(--train) }
pre { background: var(--card); border-radius: .5rem; padding: .7rem; white-space: pre-wrap; font-size: .85rem }
@media (max-width: 30rem) { th, td { padding: .3rem .4rem } }
@media print {
  body { max-width: none; padding: 0; font-size: 10.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact }
  h2, h3 { break-after: avoid } .chart, tr, .cards { break-inside: avoid } .scroll { overflow: visible }
  details::details-content { content-visibility: visible } summary { display: none }
}`
