import { counted, defineMessages } from '../../i18n/define-messages.js';

export const analysisMessages = defineMessages({
  title: ['Analysis', 'Analyse'],
  intro: [
    'What like garments cost, what changes it, which products are alike or stand out, and where a catalogue stands.',
    'Ce que coûtent des vêtements comparables, ce qui le change, les produits qui se ressemblent ou sortent du lot, et la place d’un catalogue.',
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
  part: ['Part', 'Part du coût'],
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
  product: ['Product type', 'Type de produit'],
  main_material: ['Main material', 'Matière principale'],
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
  choice: ['What is analysed', 'Ce qui est analysé'],
  catalogues: ['Catalogues', 'Catalogues'],
  catalogue: ['Catalogue', 'Catalogue'],
  catalogueHint: ['Up to five, side by side.', 'Jusqu’à cinq, côte à côte.'],
  chooseCatalogue: ['Choose…', 'Choisir…'],
  beside: [(name: string) => `Beside it: ${name}`, (name) => `À côté : ${name}`],
  remove: [(name: string) => `Remove ${name}`, (name) => `Retirer ${name}`],
  per: ['Cost per', 'Coût par'],
  per_item: ['Garment', 'Vêtement'],
  per_100g: ['100 g', '100 g'],
  per_day: ['Day of wear', 'Jour d’utilisation'],
  hint_regular: ['Every stage of the life cycle counts.', 'Toutes les étapes du cycle de vie comptent.'],
  'hint_low-cost': [
    'The reference grid’s second scenario: without the use stage, and flying more.',
    'Le second scénario de la grille de référence : sans l’étape d’utilisation, et avec plus d’avion.',
  ],
  cost_item: ['Cost (Pts)', 'Coût (Pts)'],
  cost_100g: ['Cost (Pts per 100 g)', 'Coût (Pts pour 100 g)'],
  cost_day: ['Cost (Pts per day of wear)', 'Coût (Pts par jour d’utilisation)'],
  parts_of: ['Analyses', 'Analyses'],
  costsTab: ['Costs', 'Coûts'],
  effectsTab: ['Effects', 'Effets'],
  sensitivityTab: ['Sensitivity', 'Sensibilité'],
  segmentsTab: ['Segments', 'Segments'],
  outliersTab: ['Outliers', 'Produits atypiques'],
  standingTab: ['Where do I stand', 'Où j’en suis'],
  pooled: [
    'Here its two scenarios are counted together, and the choice above only names the type; the other tabs keep them apart.',
    'Ici ses deux scénarios sont comptés ensemble, et le choix ci-dessus ne donne que le type ; les autres onglets les séparent.',
  ],
  gridTab: ['Reference grid', 'Grille de référence'],
  read: [
    (name: string, count: string) => `${name}: ${counted(count, 'product counts', 'products count')}.`,
    (name, count) => `${name} : ${counted(count, 'produit compte', 'produits comptent')}.`,
  ],
  otherScenario: [
    (count: string) => `${count} of another scenario or with stages left out: not pooled with them.`,
    (count) => `${count} d’un autre scénario ou sans toutes les étapes : non mélangés.`,
  ],
  otherVersion: [
    (count: string, version: string) =>
      `${count} by another version of the method than ${version}: left out, until they are scored anew.`,
    (count, version) =>
      `${count} d’une autre version de la méthode que ${version} : exclus, jusqu’à leur réévaluation.`,
  ],
  withoutFigures: [
    (count: string) => `${count} without a cost, mass or days of wear.`,
    (count) => `${count} sans coût, masse ou jours d’utilisation.`,
  ],
  toCheck: [(count: string) => `${count} to check`, (count) => `${count} à vérifier`],
  noneTitle: ['No product of this choice', 'Aucun produit de ce choix'],
  none: [
    'Choose another catalogue, type or scenario.',
    'Choisissez un autre catalogue, un autre type ou un autre scénario.',
  ],
  products: ['Products', 'Produits'],
  costs: ['Costs', 'Coûts'],
  costsHint: [
    'Dot: median; thick line: middle half; thin line: 90% of the products.',
    'Point : médiane ; trait épais : moitié centrale ; trait fin : 90 % des produits.',
  ],
  by: ['By', 'Par'],
  by_product: ['Product type', 'Type de produit'],
  by_main_material: ['Main material (by share)', 'Matière principale (par sa part)'],
  by_country_spinning: ['Country of spinning', 'Pays de filature'],
  by_country_fabric: ['Country of fabric', 'Pays d’étoffe'],
  by_country_dyeing: ['Country of dyeing', 'Pays d’ennoblissement'],
  by_country_making: ['Country of making', 'Pays de confection'],
  by_process: ['Fabric process', 'Procédé d’étoffe'],
  by_scenario: ['Scenario', 'Scénario'],
  by_brand: ['Brand', 'Marque'],
  by_tag: ['Tag', 'Étiquette'],
  costsText: [
    (name: string, value: string, other: string, least: string) =>
      `Highest median: ${name}, ${value}; lowest: ${other}, ${least}.`,
    (name, value, other, least) => `Médiane la plus élevée : ${name}, ${value} ; la plus basse : ${other}, ${least}.`,
  ],
  ofCatalogue: [(name: string, text: string) => `${name}. ${text}`, (name, text) => `${name}. ${text}`],
  costsOne: [
    (name: string, value: string) => `Median of ${name}: ${value}.`,
    (name, value) => `Médiane de ${name} : ${value}.`,
  ],
  spread: [
    (median: string, low: string, high: string, count: string) =>
      `${median}, 90% from ${low} to ${high}, ${counted(count, 'product', 'products')}`,
    (median, low, high, count) => `${median}, 90 % de ${low} à ${high}, ${counted(count, 'produit', 'produits')}`,
  ],
  constantValue: [
    (names: string) => `One value for all products, so that nothing can be concluded: ${names}.`,
    (names) => `Une seule valeur pour tous les produits, on ne peut donc rien en conclure : ${names}.`,
  ],
  medianInterval: ['Median (95%)', 'Médiane (95 %)'],
  meanInterval: ['Mean (95%)', 'Moyenne (95 %)'],
  middleHalf: ['Middle half', 'Moitié centrale'],
  ninety: ['90% of them', '90 % d’entre eux'],
  range: [(low: string, high: string) => `${low} to ${high}`, (low, high) => `${low} à ${high}`],
  effects: ['What a change does to the same garment', 'Ce qu’un changement fait au même vêtement'],
  effectsHint: [
    'Each garment is compared with itself, one field changed. Dot: median; line: 90% of the garments.',
    'Chaque vêtement est comparé à lui-même, un seul champ changé. Point : médiane ; trait : 90 % des vêtements.',
  ],
  changed: ['What is changed', 'Ce qui change'],
  f_country: ['Country of all stages', 'Pays de toutes les étapes'],
  f_country_spinning: ['Country of spinning', 'Pays de filature'],
  f_country_fabric: ['Country of fabric', 'Pays d’étoffe'],
  f_country_dyeing: ['Country of dyeing', 'Pays d’ennoblissement'],
  f_country_making: ['Country of making', 'Pays de confection'],
  f_process: ['Fabric process', 'Procédé d’étoffe'],
  f_material: ['Material', 'Matière'],
  f_air: ['Share of air transport', 'Part de transport aérien'],
  f_scenario: ['Scenario', 'Scénario'],
  reference: ['Compared with', 'Comparé à'],
  percent: ['Percent', 'Pourcentage'],
  percentAxis: ['Change of the cost (%)', 'Variation du coût (%)'],
  effectsText: [
    (level: string, reference: string, change: string, low: string, high: string) =>
      `${level} in place of ${reference}: ${change} in the median, ${low} to ${high} for 90% of the garments.`,
    (level, reference, change, low, high) =>
      `${level} au lieu de ${reference} : ${change} en médiane, de ${low} à ${high} pour 90 % des vêtements.`,
  ],
  noEffectsTitle: ['No garment can be compared', 'Aucun vêtement n’est comparable'],
  noEffects: [
    'There are no two that differ in this alone. Choose something else to change, or another catalogue.',
    'Il n’y en a pas deux qui diffèrent par cela seul. Choisissez un autre changement ou un autre catalogue.',
  ],
  garments: ['Garments', 'Vêtements'],
  change: ['Change (median)', 'Variation (médiane)'],
  cheaper: ['Cost less', 'Coûtent moins'],
  sensitivity: [(type: string) => `What decides the cost: ${type}`, (type) => `Ce qui décide du coût : ${type}`],
  sensitivityHint: [
    'Shares of the variance of the cost over a stated distribution of garments, by the exact method (Sobol); not of a catalogue.',
    'Parts de la variance du coût sur une distribution déclarée de vêtements, par la méthode exacte (Sobol) ; sans rapport avec un catalogue.',
  ],
  sensitivityText: [
    (input: string, total: string, interactions: string) =>
      `${input} decides most: ${total} of the variance, with its interactions. ${interactions} of it is decided by no input alone.`,
    (input, total, interactions) =>
      `« ${input} » décide le plus : ${total} de la variance, interactions comprises. ${interactions} ne tient à aucune entrée seule.`,
  ],
  first: ['Alone (first order)', 'Seule (premier ordre)'],
  total: ['With interactions (total)', 'Avec interactions (total)'],
  input: ['Input', 'Entrée'],
  withError: [(share: string, error: string) => `${share} ± ${error}`, (share, error) => `${share} ± ${error}`],
  interactions: ['Strongest interactions', 'Interactions les plus fortes'],
  pair: [
    (one: string, other: string, share: string) => `${one} × ${other}: ${share}`,
    (one, other, share) => `${one} × ${other} : ${share}`,
  ],
  computed: [
    (evaluations: string, mean: string, deviation: string) =>
      `${evaluations} garments were scored: ${mean} on average, standard deviation ${deviation}. Lines: 95% intervals.`,
    (evaluations, mean, deviation) =>
      `${evaluations} vêtements évalués : ${mean} en moyenne, écart-type ${deviation}. Traits : intervalles à 95 %.`,
  ],
  segments: [(name: string) => `Segments: ${name}`, (name) => `Segments : ${name}`],
  segmentsHint: [
    'Products whose cost is made of the same things, whatever their type and size.',
    'Des produits dont le coût est fait des mêmes choses, quels que soient leur type et leur taille.',
  ],
  of: ['Told apart by', 'Distingués selon'],
  of_shares: ['Shares of the cost', 'Parts du coût'],
  of_cost_per_100g: ['Cost of 100 g', 'Coût de 100 g'],
  stable: [
    (score: string, draws: string) =>
      `Stable: ${draws} redraws of the products give nearly the same segments (${score} of 1).`,
    (score, draws) => `Stables : ${draws} retirages des produits donnent presque les mêmes segments (${score} sur 1).`,
  ],
  unstable: [
    (score: string, draws: string) =>
      `Unstable: ${draws} redraws of the products give other segments (${score} of 1). Conclude nothing from them.`,
    (score, draws) =>
      `Instables : ${draws} retirages des produits donnent d’autres segments (${score} sur 1). N’en concluez rien.`,
  ],
  apart: [
    (count: string, silhouette: string) =>
      `${count} segments are furthest apart: silhouette ${silhouette} (1: well apart, 0: they touch).`,
    (count, silhouette) =>
      `${count} segments se séparent le mieux : silhouette ${silhouette} (1 : bien séparés, 0 : ils se touchent).`,
  ],
  segmentsLabel: [
    (name: string) => `Stacked bars of the shares of the parts of the cost, by segment of ${name}.`,
    (name) => `Barres empilées des parts du coût, par segment de ${name}.`,
  ],
  segment: [(number: string) => `Segment ${number}`, (number) => `Segment ${number}`],
  segmentOf: [
    (count: string, share: string) => `${counted(count, 'product', 'products')} (${share})`,
    (count, share) => `${counted(count, 'produit', 'produits')} (${share})`,
  ],
  costOf100g: ['100 g cost', '100 g coûtent'],
  typesOfSegment: ['Types', 'Types'],
  typical: ['Typical product', 'Produit typique'],
  fewTitle: ['Too few products for segments', 'Trop peu de produits pour des segments'],
  outliers: [(name: string) => `Outliers: ${name}`, (name) => `Produits atypiques : ${name}`],
  outliersHint: [
    'Beside products of their type and family of fibres, on a logarithmic scale.',
    'À côté des produits de leur type et de leur famille de fibres, sur une échelle logarithmique.',
  ],
  outliersText: [
    (total: string, judged: string) =>
      `${total} among the ${judged} products that can be judged: those of kinds with enough of them.`,
    (total, judged) =>
      `${total} parmi les ${judged} produits que l’on peut juger : ceux dont la sorte est assez nombreuse.`,
  ],
  outliersFirst: [
    (count: string) => `The ${count} furthest are shown.`,
    (count) => `Les ${count} plus éloignés sont affichés.`,
  ],
  noOutliersTitle: ['No outliers', 'Aucun produit atypique'],
  ratio: ['Times the median', 'Fois la médiane'],
  why: ['Why', 'Pourquoi'],
  productName: ['Product', 'Produit'],
  costColumn: ['Cost', 'Coût'],
  standing: [(name: string) => `Where it stands: ${name}`, (name) => `Sa place : ${name}`],
  standingHint: [
    (other: string) => `Beside ${other}, type by type; the lower, the better.`,
    (other) => `À côté de : ${other}, type par type ; plus c’est bas, mieux c’est.`,
  ],
  against: ['Compared with', 'Comparé à'],
  portal: ['Medians of the declaration portal', 'Médianes du portail de déclaration'],
  itself: [
    'Compared with itself, everything stands in the middle. Choose one of your catalogues above, or another one to compare with.',
    'Comparé à lui-même, tout est au milieu. Choisissez l’un de vos catalogues ci-dessus, ou un autre à comparer.',
  ],
  standingText: [
    (share: string, count: string, other: string) =>
      `${share} of the ${count} products cost less than the median of their type in ${other}.`,
    (share, count, other) =>
      `${share} des ${count} produits coûtent moins que la médiane de leur type dans : ${other}.`,
  ],
  onlyCheaper: [
    (other: string) => `The only product costs less than the median of its type in ${other}.`,
    (other) => `Le seul produit coûte moins que la médiane de son type dans : ${other}.`,
  ],
  onlyDearer: [
    (other: string) => `The only product costs at least as much as the median of its type in ${other}.`,
    (other) => `Le seul produit coûte au moins autant que la médiane de son type dans : ${other}.`,
  ],
  percentileText: [
    (percentile: string) => `The middle one costs more than ${percentile} of its type there.`,
    (percentile) => `Celui du milieu coûte plus que ${percentile} de son type.`,
  ],
  percentileAxis: ['Part that costs less', 'Part moins chère'],
  ratioAxis: ['Times the median', 'Fois la médiane'],
  percentileLabel: [
    (name: string, other: string) => `Place of ${name} beside ${other} by product type`,
    (name, other) => `Place de ${name} par type de produit ; à côté : ${other}`,
  ],
  place: ['Costs more than', 'Coûte plus que'],
  medianHere: ['Median', 'Médiane'],
  medianThere: ['Median compared with', 'Médiane comparée'],
  best: ['Best', 'Les meilleurs'],
  worst: ['Worst', 'Les moins bons'],
  nowhereTitle: ['Nothing to compare with', 'Rien à comparer'],
  nowhere: [
    'No product is of a type that there is on both sides.',
    'Aucun produit n’est d’un type présent des deux côtés.',
  ],
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
