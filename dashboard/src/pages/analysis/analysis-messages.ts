import { defineMessages } from '../../i18n/define-messages.js';

export const analysisMessages = defineMessages({
  title: ['Analysis', 'Analyse'],
  intro: [
    'What the cost is made of, what drives it, what goes together, and which products are alike.',
    'De quoi le coût est fait, ce qui le détermine, ce qui va ensemble et quels produits se ressemblent.',
  ],
  type: ['Product type', 'Type de produit'],
  allTypes: ['All types', 'Tous les types'],
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
  shown: ['Shown as', 'Affichage'],
  points: ['Points', 'Points'],
  costInPoints: ['Cost (Pts)', 'Coût (Pts)'],
  shareOfCost: ['Share of the cost', 'Part du coût'],
  shares: ['Shares', 'Parts'],
  parts: [(type: string) => `Parts in detail: ${type}`, (type) => `Les parts en détail : ${type}`],
  partsHint: [
    'Bar: mean, line: from the first to the third quartile.',
    'Barre : moyenne ; trait : du premier au troisième quartile.',
  ],
  partsLabel: [
    (type: string, part: string, value: string) =>
      `Mean cost of each part for ${type}; ${part} is the greatest, ${value}.`,
    (type, part, value) => `Coût moyen de chaque part pour ${type} ; la plus grande : ${part}, ${value}.`,
  ],
  part: ['Part', 'Part'],
  mean: ['Mean', 'Moyenne'],
  median: ['Median', 'Médiane'],
  q1: ['First quartile', 'Premier quartile'],
  q3: ['Third quartile', 'Troisième quartile'],
  share: ['Share', 'Part'],
  variation: ['Variation', 'Variation'],
  drivers: [(type: string) => `What drives the cost: ${type}`, (type) => `Ce qui détermine le coût : ${type}`],
  driversHint: [
    'η²: share of the differences that a factor explains alone. Shapley: its fair part of what all factors explain together.',
    'η² : part des différences qu’un facteur explique seul. Shapley : sa juste part de ce que tous expliquent ensemble.',
  ],
  driversText: [
    (factor: string, share: string, together: string) =>
      `${factor} weighs most: ${share} of what is explained. All factors together explain ${together} of the differences.`,
    (factor, share, together) =>
      `Le facteur « ${factor} » pèse le plus : ${share} de ce qui est expliqué. Tous ensemble expliquent ${together} des différences.`,
  ],
  eta: ['Alone (η²)', 'Seul (η²)'],
  shapley: ['Fair part (Shapley)', 'Juste part (Shapley)'],
  factor: ['Factor', 'Facteur'],
  groups: ['Values', 'Valeurs'],
  noDriversTitle: ['Nothing to compare', 'Rien à comparer'],
  noDrivers: ['There are too few products of this type.', 'Il y a trop peu de produits de ce type.'],
  product: ['Product type', 'Type de produit'],
  // As its garment is written, which need not be the one of the greatest share.
  first_material: ['First material', 'Première matière'],
  country: ['Country', 'Pays'],
  fabric_process: ['Fabric process', 'Procédé d’étoffe'],
  mass: ['Mass', 'Masse'],
  scenario: ['Scenario', 'Scénario'],
  correlations: ['What goes together', 'Ce qui va ensemble'],
  correlationsHint: [
    'From –1 (one falls as the other rises) to +1 (they rise together); near 0: no link.',
    'De –1 (l’un baisse quand l’autre monte) à +1 (ils montent ensemble) ; près de 0 : aucun lien.',
  ],
  correlationsLabel: [
    (first: string, second: string, value: string) =>
      `Heat map of the correlations; the strongest link is between ${first} and ${second}, ${value}.`,
    (first, second, value) =>
      `Carte des corrélations ; le lien le plus fort est entre ${first} et ${second}, ${value}.`,
  ],
  scrolls: ['Scroll sideways to see it all.', 'Faites défiler de côté pour tout voir.'],
  method: ['Coefficient', 'Coefficient'],
  pearson: ['Pearson (straight lines)', 'Pearson (droites)'],
  spearman: ['Spearman (ranks)', 'Spearman (rangs)'],
  variable: ['Variable', 'Variable'],
  constant: [
    (names: string) => `Left out since they never vary: ${names}.`,
    (names) => `Laissées de côté car elles ne varient pas : ${names}.`,
  ],
  withCost: ['What goes with the cost', 'Ce qui va avec le coût'],
  withCostHint: [
    'Correlation of each variable with the environmental cost.',
    'Corrélation de chaque variable avec le coût environnemental.',
  ],
  withCostLabel: [
    (name: string, value: string) =>
      `Correlation of each variable with the environmental cost; the strongest is ${name}, ${value}.`,
    (name, value) => `Corrélation de chaque variable avec le coût environnemental ; la plus forte : ${name}, ${value}.`,
  ],
  correlation: ['Correlation', 'Corrélation'],
  components: ['Components of the cost', 'Composantes du coût'],
  componentsHint: [
    'Product types where their mean lies on two components; arrows: what each part of the cost pulls towards.',
    'Position moyenne des types de produits sur deux composantes ; flèches : vers où tire chaque part du coût.',
  ],
  componentsLabel: [
    (x: string, y: string) =>
      `Scatter of the product types on two principal components, which explain ${x} and ${y} of the variance, with the loadings of the parts as arrows.`,
    (x, y) =>
      `Nuage des types de produits sur deux composantes principales, qui expliquent ${x} et ${y} de la variance, avec les poids des parts en flèches.`,
  ],
  component: [(number: string) => `Component ${number}`, (number) => `Composante ${number}`],
  axis: [
    (number: string, share: string) => `Component ${number} (${share} of the variance)`,
    (number, share) => `Composante ${number} (${share} de la variance)`,
  ],
  across: ['Across', 'En abscisse'],
  up: ['Up', 'En ordonnée'],
  typesShown: ['Product types', 'Types de produits'],
  loadings: ['Parts of the cost', 'Parts du coût'],
  kind: ['Kind', 'Nature'],
  name: ['Name', 'Nom'],
  explained: ['Variance explained', 'Variance expliquée'],
  explainedHint: [
    'Bars: each component; line: together with those before.',
    'Barres : chaque composante ; ligne : avec les précédentes.',
  ],
  explainedLabel: [
    (share: string) => `Variance explained by each component; the first two explain ${share} together.`,
    (share) => `Variance expliquée par chaque composante ; les deux premières en expliquent ${share} ensemble.`,
  ],
  each: ['Each', 'Chacune'],
  together: ['Together', 'Ensemble'],
  segments: ['Segments of like products', 'Segments de produits semblables'],
  segmentsHint: [
    'Products grouped by what their cost is made of, not by their type.',
    'Produits regroupés selon ce dont leur coût est fait, et non selon leur type.',
  ],
  segmentsLabel: [
    'Stacked bars of the mean cost of each part of the life cycle by segment',
    'Barres empilées du coût moyen de chaque part du cycle de vie par segment',
  ],
  segment: [(number: string) => `Segment ${number}`, (number) => `Segment ${number}`],
  segmentOf: [
    (count: string, share: string) => `${count} products (${share})`,
    (count, share) => `${count} produits (${share})`,
  ],
  meanCost: ['Mean cost', 'Coût moyen'],
  typicalType: ['Most frequent type', 'Type le plus fréquent'],
  typical: ['Typical product', 'Produit typique'],
  quality: ['How far apart the segments are', 'Séparation des segments'],
  qualityHint: [
    'Silhouette by number of segments: near 1 they are far apart, near 0 they touch. The best is used.',
    'Silhouette selon le nombre de segments : près de 1 ils sont bien séparés, près de 0 ils se touchent. Le meilleur est retenu.',
  ],
  qualityLabel: [
    (best: string, value: string) => `Silhouette by number of segments; the best is ${best} segments with ${value}.`,
    (best, value) => `Silhouette selon le nombre de segments ; le meilleur est ${best} segments, avec ${value}.`,
  ],
  silhouette: ['Silhouette', 'Silhouette'],
  count: ['Segments', 'Segments'],
  v_mass: ['Mass', 'Masse'],
  v_material_count: ['Number of materials', 'Nombre de matières'],
  v_share_natural_vegetal: ['Plant fibres', 'Fibres végétales'],
  v_share_natural_animal: ['Animal fibres', 'Fibres animales'],
  v_share_artificial_organic: ['Man-made, organic', 'Artificielles organiques'],
  v_share_artificial_inorganic: ['Man-made, inorganic', 'Artificielles inorganiques'],
  v_share_synthetic: ['Synthetic fibres', 'Fibres synthétiques'],
  v_durability: ['Durability', 'Durabilité'],
  v_days_of_wear: ['Days of wear', 'Jours d’utilisation'],
  v_air_share: ['Air transport', 'Transport aérien'],
  v_ecs: ['Environmental cost', 'Coût environnemental'],
  v_pef: ['PEF score', 'Score PEF'],
  cost: [(part: string) => `Cost: ${part}`, (part) => `Coût : ${part}`],
});
