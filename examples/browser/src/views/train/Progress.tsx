import { stopTraining, type Training } from '../../state/training.js'

const phases: Readonly<Record<Training['phase'], string>> = {
  download: 'Downloading the network',
  prepare: 'Preparing',
  features: 'Looking at every image once',
  training: 'Learning',
}

export function Progress({ training: { phase, share, epochs, plannedEpochs } }: { readonly training: Training }) {
  const isKnown = phase !== 'prepare'
  return (
    <div class="progress">
      <h2 role="status">{phases[phase]} …</h2>
      <progress aria-label={phases[phase]} max={1} {...(isKnown && { value: share })} />
      <p class="hint">
        {phase === 'training' ? `Round ${Math.min(epochs.length + 1, plannedEpochs)} of ${plannedEpochs}` : '\u00a0'}
      </p>
      <button type="button" class="wide" onClick={stopTraining}>
        Stop{epochs.length > 0 && ' and keep what it knows'}
      </button>
    </div>
  )
}
