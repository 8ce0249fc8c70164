import { defineMessages } from '../i18n/messages.js';
import { useTexts } from '../i18n/texts.js';

const messages = defineMessages({
  below: [
    (count: string, least: string) => `Before the axis begins: ${count}, down to ${least}.`,
    (count, least) => `Avant le début de l’axe : ${count}, jusqu’à ${least}.`,
  ],
  above: [
    (count: string, most: string) => `Beyond the axis: ${count}, up to ${most}.`,
    (count, most) => `Au-delà de l’axe : ${count}, jusqu’à ${most}.`,
  ],
});

interface BeyondProps {
  readonly below?: number;
  readonly above: number;
  /** The furthest values, as they are shown. */
  readonly least?: string;
  readonly most: string;
}

/** How many values a chart does not show since they lie so far off that they would flatten the others; nothing where none do. */
export function Beyond({ below = 0, above, least = '', most }: BeyondProps) {
  const { t, f } = useTexts(messages);
  const texts = [below > 0 && t.below(f.integer(below), least), above > 0 && t.above(f.integer(above), most)];
  const said = texts.filter(Boolean).join(' ');
  return said === '' ? null : <p class="soft hint">{said}</p>;
}
