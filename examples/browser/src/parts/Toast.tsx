import { busy, notice } from '../state/notices.js'

export function Toast() {
  const current = notice.value
  return (
    <div class="toasts">
      <div role="status">
        {current && !busy.value && <p class="toast">{current.text}</p>}
        {busy.value && <p class="toast busy">{busy.value}</p>}
      </div>
      {current?.action && (
        <button type="button" class="toast" onClick={current.action.run}>
          {current.action.label}
        </button>
      )}
    </div>
  )
}
