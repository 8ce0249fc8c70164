import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { defineMessages, useMessages } from '../i18n/messages.js';
import { isPlainNumber, readNumber, writeNumber } from '../i18n/numbers.js';
import { useLanguage } from '../preferences.js';

const messages = defineMessages({
  number: ['Expected a number such as 1250 or 0.25.', 'Attendu : un nombre comme 1250 ou 0,25.'],
});

interface FieldProps {
  readonly label: string;
  /** For who sees what the field is about beside it. */
  readonly isLabelHidden?: boolean;
  readonly hint?: string | undefined;
  /** What is wrong with the value; it is read out with the field. */
  readonly error?: string | undefined;
}

function Field({
  label,
  isLabelHidden = false,
  hint,
  error,
  children,
}: FieldProps & {
  children: (attributes: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => ComponentChildren;
}) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div class={error ? 'field invalid' : 'field'}>
      <label for={id} class={isLabelHidden ? 'visually-hidden' : undefined}>
        {label}
      </label>
      {children({
        id,
        ...(described && { 'aria-describedby': described }),
        ...(error !== undefined && { 'aria-invalid': true as const }),
      })}
      {hint && (
        <p id={`${id}-hint`} class="soft field-hint">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} class="field-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

interface SelectProps extends FieldProps {
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly onChange: (value: string) => void;
}

/** A value that is none of the choices is one more: the field shows what it has, not the first choice. */
export function Select({ value, choices, onChange, ...field }: SelectProps) {
  const shown = choices.some((choice) => choice.value === value) ? choices : [{ value, label: value }, ...choices];
  return (
    <Field {...field}>
      {(attributes) => (
        <select {...attributes} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {shown.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface InputProps extends FieldProps {
  readonly type?: 'text' | 'search' | 'password';
  readonly inputMode?: 'decimal' | 'numeric';
  readonly autocomplete?: 'off' | 'current-password';
  readonly placeholder?: string;
  readonly required?: boolean;
  /** When the reader leaves the field. */
  readonly onBlur?: () => void;
  readonly value: string;
  /** What follows the value. */
  readonly unit?: string;
  readonly onChange: (value: string) => void;
}

export function Input({ label, hint, error, value, unit, onChange, type = 'text', ...input }: InputProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(attributes) => (
        <span class="input-with-unit">
          <input
            {...({ ...input, ...attributes, type } as object)}
            value={value}
            onInput={(event) => onChange(event.currentTarget.value)}
          />
          {unit && <span class="unit soft">{unit}</span>}
        </span>
      )}
    </Field>
  );
}

/**
 * A number as the reader's language writes it. `value` and what `onChange` is told are as JavaScript writes numbers, or
 * what was typed where that is none. No `type=number`: browsers drop the decimal mark of another language, and 0,25 becomes 25.
 */
export function NumberInput({ value, error, onChange, ...input }: InputProps) {
  const t = useMessages(messages);
  const language = useLanguage();
  const [typed, setTyped] = useState('');
  const jsonOf = (text: string) => String(readNumber(text, language) ?? text.trim());
  return (
    <Input
      inputMode="decimal"
      autocomplete="off"
      {...input}
      // While one types, the text is left alone.
      value={jsonOf(typed) === value ? typed : writeNumber(value, language)}
      error={value === '' || isPlainNumber(value) ? error : t.number}
      onChange={(text) => {
        setTyped(text);
        onChange(jsonOf(text));
      }}
      onBlur={() => setTyped('')}
    />
  );
}

interface CheckboxProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function Checkbox({ label, checked, onChange }: CheckboxProps) {
  return (
    <label class="checkbox">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}
