import { useId } from 'preact/hooks';
import { defineMessages, useMessages } from '../i18n/messages.js';

const messages = defineMessages({
  browse: ['Choose a file', 'Choisir un fichier'],
  noFile: ['or drop it here', 'ou déposez-le ici'],
  unknownFormat: [
    (endings: string) => `Expected a file whose name ends with one of ${endings}.`,
    (endings) => `Attendu : un fichier dont le nom finit par ${endings}.`,
  ],
});

interface FileFieldProps {
  readonly label: string;
  readonly hint: string;
  /** What its name may end with: `.csv`. */
  readonly endings: readonly string[];
  readonly file: File | undefined;
  readonly onFile: (file: File | undefined) => void;
}

export const endsAs = (file: File, endings: readonly string[]): boolean =>
  endings.some((ending) => file.name.toLowerCase().endsWith(ending));

/** Takes a file that is chosen or dropped. */
export function FileField({ label, hint, endings, file, onFile }: FileFieldProps) {
  const t = useMessages(messages);
  const id = useId();
  const isWrong = file !== undefined && !endsAs(file, endings);
  return (
    <div class={isWrong ? 'field invalid' : 'field'}>
      <label for={id}>{label}</label>
      {/* The browser's own button speaks its language, not the page's. */}
      <span class="file-input">
        <span class="button" aria-hidden="true">
          {t.browse}
        </span>
        <span class="soft">{file?.name ?? t.noFile}</span>
        <input
          id={id}
          type="file"
          accept={endings.join()}
          aria-describedby={`${id}-hint`}
          {...(isWrong && { 'aria-invalid': true })}
          onChange={(event) => onFile(event.currentTarget.files?.[0])}
          // The same file, corrected, is another one.
          onClick={(event) => {
            event.currentTarget.value = '';
          }}
        />
      </span>
      <p id={`${id}-hint`} class="soft field-hint">
        {hint}
      </p>
      {isWrong && (
        <p class="field-error" role="alert">
          {t.unknownFormat(endings.join(', '))}
        </p>
      )}
    </div>
  );
}
