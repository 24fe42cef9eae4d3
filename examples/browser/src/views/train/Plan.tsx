import { Icon } from '../../parts/Icon.js'
import { changeSettings } from '../../state/actions.js'
import { addressOf } from '../../state/route.js'
import { changes, missing, result, settings } from '../../state/store.js'
import { startTraining, trainingError } from '../../state/training.js'
import { Choice } from './Choice.js'

/** The settings of a training. */
export function Plan() {
  const { mode, network, epochs } = settings.value
  return (
    <form
      class="plan"
      onSubmit={(event) => {
        event.preventDefault()
        void startTraining()
      }}
    >
      <Choice
        legend="How"
        name="mode"
        value={mode}
        onChange={(mode) => changeSettings({ mode })}
        options={[
          {
            value: 'head',
            title: 'Head only',
            text: 'Seconds. It learns your classes on top of what the network sees already.',
          },
          { value: 'full', title: 'Fine-tune', text: 'Minutes. The whole network adapts to your images.' },
        ]}
      />
      <Choice
        legend="Network"
        name="network"
        value={network}
        onChange={(network) => changeSettings({ network })}
        options={[
          { value: 'small', title: 'Small', text: 'Part of this page, works offline. For simple things.' },
          {
            value: 'resnet18',
            title: 'ResNet-18',
            text: 'Knows ImageNet: far better on photographs. Downloads 47 MB once.',
          },
        ]}
      />
      <label class="field">
        <span>Rounds over all images</span>
        <input
          type="number"
          min="1"
          max="500"
          required
          value={epochs[mode]}
          onChange={({ currentTarget: { valueAsNumber } }) => {
            if (valueAsNumber >= 1)
              changeSettings({ epochs: { ...epochs, [mode]: Math.min(Math.round(valueAsNumber), 500) } })
          }}
        />
      </label>
      <button type="submit" class="primary wide" disabled={missing.value !== undefined}>
        <Icon name="train" />
        {result.value ? 'Train again' : 'Train'}
      </button>
      <p class="hint" role="status">
        {trainingError.value ?? hint()}
      </p>
      {missing.value && (
        <a class="hint" href={addressOf({ room: 'images' })}>
          Add images
        </a>
      )}
    </form>
  )
}

function hint(): string {
  if (missing.value) return missing.value
  const { value: count } = changes
  if (!result.value || count === 0) return ''
  return `${count} ${count === 1 ? 'change' : 'changes'} since the last training.`
}
