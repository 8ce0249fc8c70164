import { type ComponentProps, createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { useMessages } from '../i18n/messages.js';
import { useTexts } from '../i18n/texts.js';
import * as fields from '../ui/fields.js';
import { UNKNOWN } from './garment.js';
import { garmentMessages } from './garment-messages.js';

/** Fields of the garment's form: where the form says so, each may be answered by "I don't know". */
export const MayBeUnknown = createContext(false);

/** A switch beside what has no list of choices. */
export function Unknown({
  name,
  isUnknown,
  change,
}: {
  /** Read out. */
  readonly name: string;
  readonly isUnknown: boolean;
  readonly change: (isUnknown: boolean) => void;
}) {
  const t = useMessages(garmentMessages);
  if (!useContext(MayBeUnknown)) return null;
  return (
    <button
      type="button"
      class="link-button"
      aria-label={name}
      aria-pressed={isUnknown}
      onClick={() => change(!isUnknown)}
    >
      {t.unknown}
    </button>
  );
}

export function Select({ choices, ...field }: ComponentProps<typeof fields.Select>) {
  const t = useMessages(garmentMessages);
  const isOffered = useContext(MayBeUnknown);
  return (
    <fields.Select {...field} choices={isOffered ? [...choices, { value: UNKNOWN, label: t.unknown }] : choices} />
  );
}

type InputProps = ComponentProps<typeof fields.Input>;

const orUnknown = (Field: typeof fields.Input) =>
  function MayBeUnknownInput(props: InputProps) {
    const { label, value, onChange } = props;
    const { t, f } = useTexts(garmentMessages);
    const isUnknown = value === UNKNOWN;
    return (
      <div>
        <Field {...props} {...(isUnknown && { value: '', placeholder: t.unknown })} />
        <Unknown name={f.pair(label, t.unknown)} isUnknown={isUnknown} change={(now) => onChange(now ? UNKNOWN : '')} />
      </div>
    );
  };
export const Input = orUnknown(fields.Input);
export const NumberInput = orUnknown(fields.NumberInput);

export function YesOrNo({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: boolean | typeof UNKNOWN;
  readonly onChange: (value: boolean | typeof UNKNOWN) => void;
}) {
  const { t, f } = useTexts(garmentMessages);
  return (
    <div>
      <fields.Checkbox label={label} checked={value === true} onChange={onChange} />
      <Unknown
        name={f.pair(label, t.unknown)}
        isUnknown={value === UNKNOWN}
        change={(isUnknown) => onChange(isUnknown ? UNKNOWN : false)}
      />
    </div>
  );
}
