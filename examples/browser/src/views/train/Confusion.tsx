import { useSignal } from '@preact/signals'
import { plural } from '../../parts/numbers.js'
import { images } from '../../state/store.js'
import type { JudgedImage, Result } from '../../state/types.js'
import { JudgedImages } from './JudgedImages.js'

/** The confusion matrix; each figure opens its images. */
export function Confusion({ result }: { readonly result: Result }) {
  const opened = useSignal<{ readonly classId: string; readonly predictedId: string } | undefined>(undefined)
  const { classes } = result
  const judged = result.judged.filter(({ id }) => images.value.has(id))
  const cell = (classId: string, predictedId: string): JudgedImage[] =>
    judged.filter((image) => image.classId === classId && image.predictedId === predictedId)
  const most = Math.max(...classes.flatMap(({ id }) => classes.map((other) => cell(id, other.id).length)), 1)
  const nameOf = (id: string) => classes.find((entry) => entry.id === id)?.name ?? ''
  const chosen = opened.value
  return (
    <section class="block">
      <h2>What it takes for what</h2>
      <div class="confusion-scroll">
        <table class="confusion">
          <thead>
            <tr>
              <td class="corner">Labelled</td>
              {classes.map(({ id, name }) => (
                <th key={id} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {classes.map((row) => (
              <tr key={row.id}>
                <th scope="row">{row.name}</th>
                {classes.map((column) => {
                  const count = cell(row.id, column.id).length
                  const isRight = row.id === column.id
                  const isOpen = chosen?.classId === row.id && chosen.predictedId === column.id
                  return (
                    <td key={column.id}>
                      {count === 0 ? (
                        <span class="none">0</span>
                      ) : (
                        <button
                          type="button"
                          class={isRight ? 'right' : 'wrong'}
                          style={{ '--share': count / most }}
                          aria-pressed={isOpen}
                          aria-label={`${plural(count, 'image')} of ${row.name} taken for ${column.name}`}
                          onClick={() => {
                            opened.value = isOpen ? undefined : { classId: row.id, predictedId: column.id }
                          }}
                        >
                          {count}
                        </button>
                      )}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {chosen && (
        <JudgedImages
          title={
            chosen.classId === chosen.predictedId
              ? `${nameOf(chosen.classId)}, recognised`
              : `${nameOf(chosen.classId)}, taken for ${nameOf(chosen.predictedId)}`
          }
          judged={cell(chosen.classId, chosen.predictedId)}
        />
      )}
    </section>
  )
}
