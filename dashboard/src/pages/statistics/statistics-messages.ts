import { defineMessages } from '../../i18n/define-messages.js';

export const statisticsMessages = defineMessages({
  title: ['Statistics', 'Statistiques'],
  intro: [
    'How each impact is spread over the product types, which products stand out, and where products come from.',
    'Comment chaque impact se répartit selon les types de produits, quels produits sortent du lot et d’où ils viennent.',
  ],
  asOf: [
    (count: string, when: string) => `${count} products counted, computed ${when}`,
    (count, when) => `${count} produits comptés, calcul ${when}`,
  ],
  shown: ['What is shown', 'Ce qui est affiché'],
  impact: ['Impact', 'Impact'],
  code: [(code: string) => `Code ${code}`, (code) => `Code ${code}`],
  type: ['Product type', 'Type de produit'],
  allTypes: ['All types', 'Tous les types'],
  notCovered: [(name: string) => `${name} – no data`, (name) => `${name} – pas de données`],
  uncoveredTitle: [
    (impact: string) => `No product has the impact “${impact}”`,
    (impact) => `Aucun produit n’a l’impact « ${impact} »`,
  ],
  uncovered: [
    'Without a token the Ecobalyse API gives the two scores only. Set ECOBALYSE_API_TOKEN and run the extraction again, or choose another impact.',
    'Sans jeton, l’API Ecobalyse ne donne que les deux scores. Renseignez ECOBALYSE_API_TOKEN et relancez l’extraction, ou choisissez un autre impact.',
  ],
  boxes: [
    (impact: string, unit: string) => `${impact} by product type (${unit})`,
    (impact, unit) => `${impact} par type de produit (${unit})`,
  ],
  boxesHint: [
    'Box: middle half, line: median, whiskers: within 1.5 box lengths, points: products beyond. Click one to see it.',
    'Boîte : moitié centrale ; trait : médiane ; moustaches : à moins de 1,5 longueur de boîte ; points : produits au-delà. Cliquez sur un point pour l’ouvrir.',
  ],
  boxesLabel: [
    (impact: string, highest: string, value: string) =>
      `Box plots of “${impact}” by product type; ${highest} has the highest median, ${value}.`,
    (impact, highest, value) =>
      `Boîtes à moustaches de « ${impact} » par type de produit ; médiane la plus élevée : ${highest}, ${value}.`,
  ],
  min: ['Lowest', 'Minimum'],
  max: ['Highest', 'Maximum'],
  q1: ['First quartile', 'Premier quartile'],
  median: ['Median', 'Médiane'],
  q3: ['Third quartile', 'Troisième quartile'],
  mean: ['Mean', 'Moyenne'],
  low: ['Lower bound', 'Seuil bas'],
  high: ['Upper bound', 'Seuil haut'],
  beyond: ['Outliers', 'Atypiques'],
  outliers: ['Outliers', 'Produits atypiques'],
  outliersHint: [
    'Products further than 1.5 interquartile ranges from the middle half of their type.',
    'Produits à plus de 1,5 écart interquartile de la moitié centrale de leur type.',
  ],
  outliersLabel: [
    'Products whose impact lies beyond the bounds of their type',
    'Produits dont l’impact dépasse les seuils de leur type',
  ],
  outliersFirst: [
    (count: string) => `The first ${count} are shown; the file has them all.`,
    (count) => `Les ${count} premiers sont affichés ; le fichier les contient tous.`,
  ],
  noOutliersTitle: ['No outliers', 'Aucun produit atypique'],
  noOutliers: [
    'Every product of this choice lies within the bounds of its type.',
    'Tous les produits de ce choix restent dans les seuils de leur type.',
  ],
  allOutliers: ['All as CSV', 'Tous en CSV'],
  product: ['Product', 'Produit'],
  materials: ['Materials', 'Matières'],
  mass: ['Mass', 'Masse'],
  making: ['Making', 'Confection'],
  fabric: ['Fabric', 'Étoffe'],
  ranking: ['Ranking', 'Classement'],
  end: ['Show', 'Afficher'],
  productCount: ['Products', 'Produits'],
  rankingHint: [
    'The ten products of highest environmental cost, and the twenty of lowest.',
    'Les dix produits au coût environnemental le plus élevé, et les vingt au plus bas.',
  ],
  rankingTypes: [(types: string) => `In the whole base: ${types}.`, (types) => `Dans toute la base : ${types}.`],
  highest: ['Highest cost', 'Coût le plus élevé'],
  lowest: ['Lowest cost', 'Coût le plus bas'],
  rank: ['Rank', 'Rang'],
  cost: ['Cost', 'Coût'],
  rankingLabel: [
    (which: string) => `Products by environmental cost: ${which}`,
    (which) => `Produits par coût environnemental : ${which}`,
  ],
  noProductsTitle: ['There are no products of this type', 'Il n’y a aucun produit de ce type'],
  noProducts: ['Choose another type, or run the extraction.', 'Choisissez un autre type, ou lancez l’extraction.'],
  countries: ['Countries', 'Pays'],
  countriesHint: [
    'Number of products whose fabric comes from, or which are made in, each country.',
    'Nombre de produits dont l’étoffe vient de chaque pays, ou qui y sont confectionnés.',
  ],
  countriesLabel: [
    (country: string, count: string) =>
      `Ranked bars of the countries of fabric and of making; ${country} comes first with ${count} products made there.`,
    (country, count) =>
      `Barres classées des pays d’étoffe et de confection ; le premier est ${country}, avec ${count} produits confectionnés.`,
  ],
  country: ['Country', 'Pays'],
  share: ['Share of making', 'Part de la confection'],
  days: ['Days of wear', 'Jours d’utilisation'],
  daysHint: [
    'How many days a garment is worn over its life, as its durability allows.',
    'Nombre de jours où un vêtement est porté au cours de sa vie, selon sa durabilité.',
  ],
  daysLabel: [
    (longest: string, days: string) => `Days of wear by product type; ${longest} is worn longest, ${days}.`,
    (longest, days) => `Jours d’utilisation par type de produit ; le plus longtemps porté : ${longest}, ${days}.`,
  ],
  daysUnit: [(days: string) => `${days} days`, (days) => `${days} jours`],
  to: [(low: string, high: string) => `${low} to ${high}`, (low, high) => `${low} à ${high}`],
});
