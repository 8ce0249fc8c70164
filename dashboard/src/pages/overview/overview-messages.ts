import { defineMessages } from '../../i18n/define-messages.js';

export const overviewMessages = defineMessages({
  title: ['Overview', 'Vue d’ensemble'],
  intro: [
    'The environmental cost of the products in the database, in points (Pts): the lower, the better.',
    'Le coût environnemental des produits de la base, en points (Pts) : plus il est bas, mieux c’est.',
  ],
  documents: ['Products', 'Produits'],
  toCheck: [(count: string) => `${count} to check`, (count) => `${count} à vérifier`],
  types: [(count: string) => `${count} product types`, (count) => `${count} types de produits`],
  median: ['Median cost', 'Coût médian'],
  middleHalf: [
    (from: string, to: string) => `half lie between ${from} and ${to}`,
    (from, to) => `la moitié entre ${from} et ${to}`,
  ],
  data: ['Newest data', 'Dernières données'],
  method: [(version: string) => `method ${version}`, (version) => `méthode ${version}`],
  statistics: ['Statistics', 'Statistiques'],
  statisticsNone: ['not computed yet', 'pas encore calculées'],
  model: ['Prediction model', 'Modèle de prédiction'],
  modelNone: ['none yet', 'aucun pour l’instant'],
  modelVersion: [(version: string) => `version ${version}`, (version) => `version ${version}`],
  modelNote: [
    (family: string, share: string) => `${family}, typical error ${share}`,
    (family, share) => `${family}, erreur typique ${share}`,
  ],
  pipelines: ['Pipelines', 'Pipelines'],
  pipelinesHint: [
    'They keep data, statistics and model up to date.',
    'Ils tiennent à jour les données, les statistiques et le modèle.',
  ],
  running: ['running', 'en cours'],
  paused: ['paused', 'en pause'],
  idle: ['at rest', 'au repos'],
  failed: ['last run failed', 'dernière exécution en échec'],
  never: ['has not run yet', 'pas encore exécuté'],
  nextRun: [(when: string) => `next run ${when}`, (when) => `prochaine exécution ${when}`],
  lastRun: [(when: string) => `last run ${when}`, (when) => `dernière exécution ${when}`],
  noSchedule: ['no schedule', 'pas de planification'],
  distribution: ['How the cost is spread', 'Répartition du coût'],
  distributionHint: [
    'Number of products by environmental cost; the lines mark the quartiles.',
    'Nombre de produits par coût environnemental ; les traits marquent les quartiles.',
  ],
  distributionLabel: [
    (count: string, median: string) => `Histogram of the environmental cost of ${count} products, median ${median}.`,
    (count, median) => `Histogramme du coût environnemental de ${count} produits, médiane ${median}.`,
  ],
  cost: ['Cost (Pts)', 'Coût (Pts)'],
  products: ['Products', 'Produits'],
  from: ['From', 'De'],
  to: ['To', 'À'],
  type: ['Product type', 'Type de produit'],
  min: ['Lowest', 'Minimum'],
  max: ['Highest', 'Maximum'],
  stages: ['What makes up the cost', 'De quoi le coût est fait'],
  stagesHint: [
    'Mean cost of each part of the life cycle, by product type.',
    'Coût moyen de chaque part du cycle de vie, par type de produit.',
  ],
  stagesLabel: [
    (part: string, share: string) =>
      `Stacked bars of the mean cost of each part of the life cycle by product type; ${part} is the greatest part, ${share} over all.`,
    (part, share) =>
      `Barres empilées du coût moyen de chaque part du cycle de vie par type de produit ; la plus grande part est ${part}, ${share} en tout.`,
  ],
  allTypes: ['All types', 'Tous les types'],
  byCountry: ['By country', 'Par pays'],
  byCountryHint: ['Mean cost of the products of each country.', 'Coût moyen des produits de chaque pays.'],
  byCountryLabel: [
    (country: string, value: string) =>
      `Ranked bars of the mean environmental cost by country; ${country} has the highest, ${value}.`,
    (country, value) =>
      `Barres classées du coût environnemental moyen par pays ; le plus élevé : ${country}, ${value}.`,
  ],
  step: ['Country of', 'Pays de'],
  country_making: ['Making', 'Confection'],
  country_dyeing: ['Dyeing', 'Ennoblissement'],
  country_fabric: ['Fabric', 'Étoffe'],
  country_spinning: ['Spinning', 'Filature'],
  country: ['Country', 'Pays'],
  mean: ['Mean cost', 'Coût moyen'],
  meanAxis: ['Mean cost (Pts)', 'Coût moyen (Pts)'],
});
