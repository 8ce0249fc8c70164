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
  sparkMaster: [
    'STATS_ENGINE=spark needs SPARK_MASTER, such as spark://host:7077',
    'STATS_ENGINE=spark demande SPARK_MASTER, par exemple spark://host:7077',
  ],
  sparkFolder: [
    'STATS_ENGINE=spark needs STATISTICS_FOLDER, which the cluster sees as well',
    'STATS_ENGINE=spark demande STATISTICS_FOLDER, un dossier que le cluster voit aussi',
  ],
  sparkMissing: [
    (command: string) =>
      `${command} was not found: install Spark beside this service, or name its command in SPARK_SUBMIT`,
    (command) =>
      `${command} est introuvable : installez Spark à côté de ce service, ou indiquez sa commande dans SPARK_SUBMIT`,
  ],
  sparkLate: [
    (minutes: string) => `Spark has not ended within ${minutes} minutes (SPARK_TIMEOUT_MINUTES)`,
    (minutes) => `Spark n’a pas fini en ${minutes} minutes (SPARK_TIMEOUT_MINUTES)`,
  ],
  sparkFailed: [
    (code: string, said: string) => `Spark failed with code ${code}: ${said}`,
    (code, said) => `Spark a échoué avec le code ${code} : ${said}`,
  ],
  sparkOthers: [
    (seen: string, all: string) =>
      `Spark saw ${seen} of ${all} documents: another run replaced the files meanwhile; start again`,
    (seen, all) =>
      `Spark a vu ${seen} documents sur ${all} : une autre exécution a remplacé les fichiers entre-temps ; relancez`,
  ],
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
  [/^STATS_ENGINE=spark needs SPARK_MASTER/, (t) => t.sparkMaster],
  [/^STATS_ENGINE=spark needs STATISTICS_FOLDER/, (t) => t.sparkFolder],
  [/^(.+) was not found: install Spark beside/, (t, _f, [command = '']) => t.sparkMissing(command)],
  [/^Spark has not ended within ([\d.]+) minutes/, (t, f, [minutes]) => t.sparkLate(f.number(Number(minutes)))],
  [/^Spark failed with code (\S+): (.*)$/s, (t, _f, [code = '', said = '']) => t.sparkFailed(code, said)],
  [
    /^Spark saw (\d+) of (\d+) documents:/,
    (t, f, [seen, all]) => t.sparkOthers(f.integer(Number(seen)), f.integer(Number(all))),
  ],
];

/** Why something was done or left, in the reader's words; a text that is not known is shown as it is. */
export function reasonText(text: string, t: ReasonTexts, f: Format): string {
  for (const [pattern, reason] of REASONS) {
    const found = pattern.exec(text);
    if (found) return reason(t, f, found.slice(1));
  }
  return text;
}
