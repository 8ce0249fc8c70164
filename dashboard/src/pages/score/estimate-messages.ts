import { defineMessages } from '../../i18n/define-messages.js';

export const estimateMessages = defineMessages({
  title: ['Estimate', 'Estimation'],
  hint: [
    'Something is unknown: this is what is known of the cost all the same.',
    'Il manque des informations : voici ce que l’on sait tout de même du coût.',
  ],
  between: [(low: string, high: string) => `between ${low} and ${high}`, (low, high) => `entre ${low} et ${high}`],
  likely: [
    (middle: string, low: string, high: string) =>
      `Probably ${middle}; nine in ten such garments cost ${low} to ${high}.`,
    (middle, low, high) => `Probablement ${middle} ; neuf vêtements sur dix coûtent de ${low} à ${high}.`,
  ],
  range: ['Range of the cost', 'Étendue du coût'],
  lowest: ['Lowest', 'Minimum'],
  p5: ['5% cost less', '5 % coûtent moins'],
  median: ['Median', 'Médiane'],
  p95: ['5% cost more', '5 % coûtent plus'],
  highest: ['Highest', 'Maximum'],
  figure: ['Figure', 'Valeur'],
  cost: ['Cost', 'Coût'],
  points: ['Points', 'Points'],
  possible: ['Possible', 'Possible'],
  usual: ['Nine in ten', 'Neuf sur dix'],
  ask: ['What to ask first', 'Que demander d’abord'],
  askHint: ['Points that the answer is expected to be worth.', 'Points que la réponse devrait valoir.'],
  published: [
    (cost: string) => `A third party would publish ${cost} by legal defaults.`,
    (cost) => `Un tiers publierait ${cost} avec les valeurs légales par défaut.`,
  ],
  declarable: [
    (cost: string) => `With the best facts of the brand you could declare ${cost}.`,
    (cost) => `Avec les meilleures données de la marque, vous pourriez déclarer ${cost}.`,
  ],
});
