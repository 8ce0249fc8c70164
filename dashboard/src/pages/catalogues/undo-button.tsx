import { ask } from '../../api/client.js';
import { useMay } from '../../api/use-me.js';
import { forgetProductAnswers, useAction } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import { Button } from '../../ui/button.js';
import { ErrorState } from '../../ui/states.js';
import { cataloguesMessages, undoMessages } from './catalogues-messages.js';

const MOST_NAMED = 10;

interface UndoButtonProps {
  readonly catalogue: string;
  readonly change: string;
  readonly label?: string;
  /** What is undone, for who hears the button without its row. */
  readonly what?: string;
  readonly kind?: 'small';
  /** Told the change that the undoing is. */
  readonly onUndone?: (undoing: string) => void;
}

/** Takes a change of a catalogue back as one, and tells what that did. */
export function UndoButton({ catalogue, change, label, what, kind, onUndone }: UndoButtonProps) {
  const { t, f } = useTexts(undoMessages);
  const { needsWriter } = useTexts(cataloguesMessages).t;
  const may = useMay('writer');
  const undo = useAction(async () => {
    const undone = await ask('POST /catalogues/{id}/changes/{change}/undo', { path: { id: catalogue, change } });
    forgetProductAnswers();
    onUndone?.(undone.change);
    return undone;
  });
  const { result } = undo;
  const named = result?.conflicts.slice(0, MOST_NAMED).map(({ reference }) => reference) ?? [];
  const more = (result?.conflicts.length ?? 0) - named.length;
  return (
    <>
      {!result && (
        <Button
          icon="undo"
          {...(kind && { kind })}
          {...(what && { 'aria-label': t.undoOf(what) })}
          disabled={!may || undo.busy}
          {...(!may && { title: needsWriter })}
          onClick={() => void undo.run(undefined)}
        >
          {label ?? t.undo}
        </Button>
      )}
      {result && (
        <p class="notice good" role="status">
          {t.done(f.integer(result.undone))}
          {named.length > 0 && ` ${t.conflicts(f.list([...named, ...(more > 0 ? [t.more(f.integer(more))] : [])]))}.`}
        </p>
      )}
      {undo.error && <ErrorState error={undo.error} />}
    </>
  );
}
