import { describeMachine } from './machine.js'
import { measureAll } from './measure.js'
import { tableOf } from './table.js'

const form = document.querySelector('form')
const result = document.querySelector('output')
const asked = new URLSearchParams(location.search)

for (const [name, value] of asked) if (form.elements[name]) setField(form.elements[name], value)
form.elements.threads.value ||= crossOriginIsolated ? navigator.hardwareConcurrency : 1
form.addEventListener('submit', (event) => {
  event.preventDefault()
  run()
})
document.querySelector('#copy').addEventListener('click', () => navigator.clipboard.writeText(result.textContent))
const share = document.querySelector('#share')
share.hidden = !navigator.share
share.addEventListener('click', () => navigator.share({ title: document.title, text: result.textContent }))

async function run() {
  form.elements.start.disabled = true
  const settings = read()
  const heading = `${await describeMachine(settings)}\n\n`
  const show = (cells) => {
    result.textContent = heading + tableOf(cells)
    console.info(result.textContent.split('\n').at(-1))
  }
  const cells = await measureAll(settings, show)
  form.elements.start.disabled = false
  return { markdown: heading + tableOf(cells), cells }
}

function read() {
  const data = new FormData(form)
  const number = (name) => Number(data.get(name))
  return {
    modes: data.getAll('modes'),
    on: data.getAll('on'),
    only: data.get('only'),
    batches: data.get('batches').split(',').map(Number),
    size: number('size'),
    threads: number('threads'),
    seconds: number('seconds'),
    limit: number('limit'),
  }
}

/** Sets a field, or checks those boxes of a group whose values are in a list with commas. */
function setField(field, value) {
  if (field instanceof RadioNodeList) for (const box of field) box.checked = value.split(',').includes(box.value)
  else field.value = value
}

/** The entry for bench/browser.js. */
globalThis.measureTable = run
