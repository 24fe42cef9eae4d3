export interface ChoiceProps<T extends string> {
  readonly legend: string
  readonly name: string
  readonly value: T
  readonly onChange: (value: T) => void
  readonly options: readonly { readonly value: T; readonly title: string; readonly text: string }[]
}

/** One of a few, each with a sentence. */
export function Choice<T extends string>({ legend, name, value, onChange, options }: ChoiceProps<T>) {
  return (
    <fieldset class="choice">
      <legend>{legend}</legend>
      {options.map((option) => (
        <label key={option.value} class="option">
          <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
          <span>
            <strong>{option.title}</strong>
            {option.text}
          </span>
        </label>
      ))}
    </fieldset>
  )
}
