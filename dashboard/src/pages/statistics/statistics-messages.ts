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
  scores: [
    'In points of impact (Pts): the lower, the better.',
    'En points d’impact (Pts) : plus il est bas, mieux c’est.',
  ],
  type: ['Product type', 'Type de produit'],
  allTypes: ['All types', 'Tous les types'],
  notCovered: [(name: string) => `${name} – no data`, (name) => `${name} – pas de données`],
  uncoveredTitle: [
    (impact: string) => `No product has the impact “${impact}”`,
    (impact) => `Aucun produit n’a l’impact « ${impact} »`,
  ],
  uncovered: [
    'Ecobalyse publishes the environmental cost and the PEF score to everybody, and the 19 other impacts only to those whom it gave access: this platform has none of them. Choose one of the two scores; whoever runs the platform can ask Ecobalyse for access.',
    'Ecobalyse publie pour tous le coût environnemental et le score PEF, et les 19 autres impacts seulement à ceux à qui il a donné accès : cette plateforme n’en a aucun. Choisissez l’un des deux scores ; qui gère la plateforme peut demander l’accès à Ecobalyse.',
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
    (which: string, count: string) => `${which}: the first ${count} products.`,
    (which, count) => `${which} : les ${count} premiers produits.`,
  ],
  rankingTypes: [(types: string) => `Their types: ${types}.`, (types) => `Leurs types : ${types}.`],
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
  alike: [
    'All countries have about as many products: the reference grid was made so, and says nothing of where garments come from.',
    'Tous les pays ont à peu près autant de produits : la grille de référence est faite ainsi et ne dit rien de l’origine réelle des vêtements.',
  ],
  sameDays: [
    'Within each type all products have one value: their durability was not varied, so that nothing can be concluded from it.',
    'Au sein de chaque type, tous les produits ont la même valeur : leur durabilité n’a pas varié, on ne peut donc rien en conclure.',
  ],
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
