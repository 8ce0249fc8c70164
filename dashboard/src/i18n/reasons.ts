import { defineMessages } from './define-messages.js';
import type { Format } from './make-format.js';

export const reasonMessages = defineMessages({
  first: ['put into production, since there was none', 'mis en production, car il n’y en avait aucun'],
  incumbentUnsound: [
    'put into production, since the model there predicts costs that cannot be',
    'mis en production, car le modèle en place prédit des coûts impossibles',
  ],
  unsound: ['refused, since it predicts costs that cannot be', 'refusé, car il prédit des coûts impossibles'],
  better: [
    (own: string, other: string, gain: string) =>
      `put into production: median error ${own} against ${other} on the same garments, ${gain} better`,
    (own, other, gain) =>
      `mis en production : erreur médiane ${own} contre ${other} sur les mêmes vêtements, ${gain} de mieux`,
  ],
  notBetter: [
    (own: string, other: string, least: string) =>
      `kept as a candidate: median error ${own} against ${other} on the same garments, less than ${least} better`,
    (own, other, least) =>
      `gardé comme candidat : erreur médiane ${own} contre ${other} sur les mêmes vêtements, moins de ${least} de mieux`,
  ],
  tooFew: [
    (count: string, least: string) =>
      `${count} different products are stored, and a model needs ${least}: extract more first`,
    (count, least) =>
      `${count} produits différents sont dans la base, et un modèle en demande ${least} : faites d’abord une extraction`,
  ],
  unchanged: [
    (count: string, when: string) =>
      `the ${count} different products, the design and the code have not changed since ${when}`,
    (count, when) => `les ${count} produits différents, le plan et le code n’ont pas changé depuis ${when}`,
  ],
  cancelled: ['cancelled by a user', 'arrêtée par un utilisateur'],
  cancelledBy: [(key: string) => `cancelled by ${key}`, (key) => `arrêtée par ${key}`],
  overlap: ['the run before it still went on', 'l’exécution précédente n’était pas finie'],
});

export type ReasonTexts = (typeof reasonMessages)['en'];
type Reason = (t: ReasonTexts, f: Format, values: readonly string[]) => string;

const UNSOUND = 'not finite or not above 0$';
const COMPARED = String.raw`: median error ([\d.]+) % against ([\d.]+) % over the same strata, `;
const error = (f: Format, text = '') => f.percent(Number(text) / 100, 3);
const share = (f: Format, text = '') => f.percent(Number(text) / 100, 1);

/** What the pipelines write in English, by the pattern of its text. */
const REASONS: readonly (readonly [RegExp, Reason])[] = [
  [/^promoted: there was no production model$/, (t) => t.first],
  [new RegExp(`^promoted: .* ${UNSOUND}`), (t) => t.incumbentUnsound],
  [new RegExp(`^refused: .* ${UNSOUND}`), (t) => t.unsound],
  [
    new RegExp(String.raw`^promoted${COMPARED}([\d.]+) % better$`),
    (t, f, [own, other, gain]) => t.better(error(f, own), error(f, other), share(f, gain)),
  ],
  [
    new RegExp(String.raw`^kept as a candidate${COMPARED}less than ([\d.]+) % better$`),
    (t, f, [own, other, least]) => t.notBetter(error(f, own), error(f, other), share(f, least)),
  ],
  [
    /^(\d+) distinct products are stored, and a model needs (\d+): extract more first$/,
    (t, f, [count, least]) => t.tooFew(f.integer(Number(count)), f.integer(Number(least))),
  ],
  [
    /^the (\d+) distinct products, the design and the code have not changed since (\d{4}-\d\d-\d\dT\S+)$/,
    (t, f, [count, when = '']) => t.unchanged(f.integer(Number(count)), f.dateTime(when)),
  ],
  [/^cancelled by a user$/, (t) => t.cancelled],
  [/^cancelled by ([\w.-]+)$/, (t, _, [key = '']) => t.cancelledBy(key)],
  [/^the run before it still went on$/, (t) => t.overlap],
];

/** Why something was done or left, in the reader's words; a text that is not known is shown as it is. */
export function reasonText(text: string, t: ReasonTexts, f: Format): string {
  for (const [pattern, reason] of REASONS) {
    const found = pattern.exec(text);
    if (found) return reason(t, f, found.slice(1));
  }
  return text;
}
