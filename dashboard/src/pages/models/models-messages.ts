import { defineMessages } from '../../i18n/define-messages.js';

export const modelsMessages = defineMessages({
  title: ['Models', 'Modèles'],
  intro: [
    'Models predict the cost of a product that is only half described. Each training compares six families and keeps the best.',
    'Les modèles prédisent le coût d’un produit à moitié décrit. Chaque entraînement compare six familles et garde la meilleure.',
  ],
  versions: ['Versions', 'Versions'],
  versionsHint: [
    'Newest first. Choose one to see how it was judged.',
    'De la plus récente à la plus ancienne. Choisissez-en une pour voir comment elle a été jugée.',
  ],
  versionsLabel: ['Versions of the model', 'Versions du modèle'],
  version: ['Version', 'Version'],
  versionOf: [(number: string) => `Version ${number}`, (number) => `Version ${number}`],
  family: ['Family', 'Famille'],
  trained: ['Trained', 'Entraînement'],
  production: ['in production', 'en production'],
  candidate: ['candidate', 'candidat'],
  state: ['State', 'État'],
  rmse: ['RMSE', 'RMSE'],
  mae: ['Mean error', 'Erreur moyenne'],
  medianError: ['Median error', 'Erreur médiane'],
  p95Error: ['95 % of errors below', '95 % des erreurs sous'],
  live: ['Products that arrived since', 'Produits arrivés depuis'],
  liveHint: [
    'What this version predicts of products that were scored after its training, beside what they cost: those that are described in full, with and without a catalogue, a sample where many arrive at once.',
    'Ce que cette version prédit des produits évalués après son entraînement, face à leur coût : ceux décrits en entier, avec ou sans catalogue, un échantillon quand beaucoup arrivent à la fois.',
  ],
  liveNone: ['No product was compared yet', 'Aucun produit comparé pour l’instant'],
  liveNoneWhat: [
    'The version in production is compared with products as they arrive.',
    'La version en production est comparée aux produits à leur arrivée.',
  ],
  liveChecked: ['Products compared', 'Produits comparés'],
  liveCheckedNote: ['the last ones, 500 at most', 'les derniers, 500 au plus'],
  livePromised: [(share: string) => `${share} is promised`, (share) => `${share} promis`],
  liveJudged: [
    (error: string) => `${error} on the strangers that it was judged on`,
    (error) => `${error} sur les inconnus qui l’ont jugée`,
  ],
  liveDrifts: [
    (outside: string, checked: string, level: string) =>
      `It drifts: ${outside} of ${checked} costs lie outside the ${level} interval, more than luck explains.`,
    (outside, checked, level) =>
      `Elle dérive : ${outside} coûts sur ${checked} sont hors de l’intervalle à ${level}, plus que le hasard n’explique.`,
  ],
  liveHolds: [
    (outside: string, checked: string, from: string) =>
      `It keeps what it promises: ${outside} of ${checked} costs lie outside the interval; from ${from} on it would drift.`,
    (outside, checked, from) =>
      `Elle tient sa promesse : ${outside} coûts sur ${checked} sont hors de l’intervalle ; à partir de ${from}, elle dériverait.`,
  ],
  liveFew: [
    (checked: string) => `${checked} products say too little yet: 200 are needed.`,
    (checked) => `${checked} produits ne suffisent pas encore : il en faut 200.`,
  ],
  liveLabel: [
    (inside: string, checked: string, level: string) =>
      `Share of the costs inside the interval, by 50 arrivals: ${inside} of ${checked} in all, ${level} promised`,
    (inside, checked, level) =>
      `Part des coûts dans l’intervalle, par 50 arrivées : ${inside} de ${checked} en tout, ${level} promis`,
  ],
  liveWhen: ['Arrived', 'Arrivée'],
  strata: ['Judged on strangers', 'Jugé sur des inconnus'],
  strataHint: [
    'Garments that are unlike those in training, by what is unlike: none shares product, process and mix with one of them.',
    'Vêtements différents de ceux de l’entraînement, selon ce qui diffère : aucun n’a le type, le procédé et le mélange de l’un d’eux.',
  ],
  strataLabel: ['Errors and coverage by stratum', 'Erreurs et couverture par strate'],
  stratum: ['Stratum', 'Strate'],
  count: ['Garments', 'Vêtements'],
  interpolation: [
    'interpolation (products of the catalogue with neighbours in training)',
    'interpolation (produits du catalogue avec des voisins à l’entraînement)',
  ],
  mape: ['Mean error, %', 'Erreur moyenne, %'],
  r2: ['R²', 'R²'],
  bias: ['Bias', 'Biais'],
  coverage: ['In the interval', 'Dans l’intervalle'],
  width: ['Interval, ±', 'Intervalle, ±'],
  seconds: ['Training time', 'Durée'],
  typicalError: ['Typical error', 'Erreur typique'],
  typicalErrorNote: ['mean share by which a prediction is off', 'part moyenne dont une prédiction s’écarte'],
  r2Note: ['share of the differences that is predicted', 'part des différences qui est prédite'],
  coverageNote: [
    (level: string) => `of the test set inside its ${level} interval`,
    (level) => `du jeu de test dans son intervalle à ${level}`,
  ],
  widthNote: [
    'half-width of the interval, as a share of the prediction',
    'demi-largeur de l’intervalle, en part de la prédiction',
  ],
  testSet: ['Test set', 'Jeu de test'],
  testSetNote: [
    (train: string) => `products kept aside; ${train} to learn from`,
    (train) => `produits mis de côté ; ${train} pour apprendre`,
  ],
  promote: ['Put into production', 'Mettre en production'],
  promoteTitle: [
    (number: string) => `Put version ${number} into production?`,
    (number) => `Mettre la version ${number} en production ?`,
  ],
  promoteText: [
    (family: string, error: string) =>
      `Everybody who asks for a prediction gets this ${family} model from now on (typical error ${error}).`,
    (family, error) => `Toute demande de prédiction recevra désormais ce modèle (${family}, erreur typique ${error}).`,
  ],
  promoteBefore: [
    (number: string) => `It replaces version ${number}, which stays in the list.`,
    (number) => `Il remplace la version ${number}, qui reste dans la liste.`,
  ],
  confirm: ['Put into production', 'Mettre en production'],
  cancel: ['Cancel', 'Annuler'],
  promoted: [
    (number: string) => `Version ${number} is in production.`,
    (number) => `La version ${number} est en production.`,
  ],
  needsAdmin: [
    'Only a key with the role “administrator” may promote.',
    'Seule une clé du rôle « administration » peut mettre en production.',
  ],
  decided: [(decision: string) => `at its training: ${decision}`, (decision) => `à son entraînement : ${decision}`],
  byHand: ['put into production by hand', 'mis en production à la main'],
  families: ['Families compared', 'Familles comparées'],
  familiesHint: [
    'All were judged on the same garments, unlike those in training; the lowest median error over the strata wins.',
    'Toutes ont été jugées sur les mêmes vêtements, différents de ceux de l’entraînement ; l’erreur médiane la plus basse sur les strates l’emporte.',
  ],
  familiesLabel: ['Metrics of each family', 'Métriques de chaque famille'],
  best: ['best', 'meilleure'],
  error: ['Error by family', 'Erreur par famille'],
  errorHint: [
    'Root mean square error on the test set (Pts), on a logarithmic scale: lower is better.',
    'Erreur quadratique moyenne sur le jeu de test (Pts), échelle logarithmique : le plus bas est le mieux.',
  ],
  errorLabel: [
    (best: string, value: string) => `RMSE of each family on a logarithmic scale; ${best} is lowest, ${value}.`,
    (best, value) => `RMSE de chaque famille en échelle logarithmique ; la plus basse : ${best}, ${value}.`,
  ],
  intervals: ['Interval coverage', 'Couverture des intervalles'],
  intervalsHint: [
    (level: string) => `Share of the test set inside the interval: an honest model comes near ${level}.`,
    (level) => `Part du jeu de test dans l’intervalle : un modèle honnête s’approche de ${level}.`,
  ],
  intervalsLabel: [
    (level: string) => `Share of the test set inside the interval by family, with the target ${level} as a line.`,
    (level) => `Part du jeu de test dans l’intervalle par famille, avec la cible ${level} en trait.`,
  ],
  target: ['Target', 'Cible'],
  predicted: ['Predicted against actual', 'Prédit et réel'],
  predictedHint: [
    'Each point is a product of the test set; on the line the prediction is exact.',
    'Chaque point est un produit du jeu de test ; sur la ligne, la prédiction est exacte.',
  ],
  predictedLabel: [
    (count: string, r2: string) =>
      `Scatter of predicted against actual cost of ${count} products of the test set; R² is ${r2}.`,
    (count, r2) => `Coût prédit selon le coût réel de ${count} produits du jeu de test ; R² vaut ${r2}.`,
  ],
  residuals: ['Residuals', 'Résidus'],
  residualsHint: [
    'Predicted minus actual cost; inside the grey band lies what the interval promises.',
    'Coût prédit moins coût réel ; la bande grise est ce que promet l’intervalle.',
  ],
  residualsLabel: [
    (count: string, rmse: string) =>
      `Scatter of the errors against the predicted cost of ${count} products; RMSE ${rmse}.`,
    (count, rmse) => `Erreurs selon le coût prédit de ${count} produits ; RMSE ${rmse}.`,
  ],
  actual: ['Actual', 'Réel'],
  prediction: ['Predicted', 'Prédit'],
  difference: ['Error', 'Erreur'],
  differenceShare: ['Error, %', 'Erreur, %'],
  exact: ['Exact', 'Exact'],
  olderTitle: ['This version kept no points', 'Cette version n’a pas gardé de points'],
  older: [
    'It was trained before the platform kept them: train again with “Even when nothing has changed” on the page Pipelines.',
    'Elle a été entraînée avant que la plateforme ne les garde : relancez l’entraînement avec « Même si rien n’a changé » dans la page Pipelines.',
  ],
  importance: ['What the model looks at', 'Ce que le modèle regarde'],
  importanceHint: [
    'By how much the RMSE rises (Pts) when a field is shuffled.',
    'De combien le RMSE augmente (Pts) quand on mélange un champ.',
  ],
  importanceLabel: [
    (field: string, value: string) => `Permutation importance; ${field} matters most, ${value}.`,
    (field, value) => `Importance par permutation ; le champ le plus important : ${field}, ${value}.`,
  ],
  field: ['Field', 'Champ'],
  rise: ['Rise of the RMSE', 'Hausse du RMSE'],
  biasByType: ['Bias by product type', 'Biais par type de produit'],
  biasHint: [
    'Mean error as a share of the mean cost: right of 0 predictions are too high.',
    'Erreur moyenne en part du coût moyen : à droite de 0, les prédictions sont trop hautes.',
  ],
  biasLabel: [
    (type: string, value: string) => `Mean error by product type; the furthest from 0 is ${type}, ${value}.`,
    (type, value) => `Erreur moyenne par type de produit ; la plus éloignée de 0 : ${type}, ${value}.`,
  ],
  type: ['Product type', 'Type de produit'],
  garment: ['Garment', 'Vêtement'],
  worst: ['Largest errors', 'Plus grandes erreurs'],
  worstHint: [
    'Where the best family was furthest off in the test set.',
    'Là où la meilleure famille s’est le plus trompée dans le jeu de test.',
  ],
  mass: ['Mass', 'Masse'],
  noEvaluation: [
    'The registry keeps no evaluation of this version.',
    'Le registre ne garde pas d’évaluation de cette version.',
  ],
  noEvaluationWhat: [
    'It was registered by hand, or its record was removed. The other versions still have theirs.',
    'Elle a été enregistrée à la main, ou sa trace a été retirée. Les autres versions ont la leur.',
  ],
  f_mass: ['Mass', 'Masse'],
  f_materials: ['Materials', 'Matières'],
  f_countries: ['Countries', 'Pays'],
  f_product: ['Product type', 'Type de produit'],
  f_airTransportRatio: ['Air transport', 'Transport aérien'],
  f_fabricProcess: ['Fabric process', 'Procédé d’étoffe'],
  f_disabledSteps: ['Disabled stages', 'Étapes désactivées'],
  f_makingWaste: ['Making waste', 'Pertes en confection'],
  f_makingDeadStock: ['Dead stock', 'Stocks dormants'],
  f_makingComplexity: ['Making complexity', 'Complexité de confection'],
  f_yarnSize: ['Yarn size', 'Titrage du fil'],
  f_surfaceMass: ['Surface mass', 'Grammage'],
  f_physicalDurability: ['Physical durability', 'Durabilité physique'],
  f_numberOfReferences: ['Number of references', 'Nombre de références'],
  f_price: ['Price', 'Prix'],
  f_business: ['Kind of business', 'Type d’entreprise'],
  f_fading: ['Fading', 'Délavage'],
  f_upcycled: ['Upcycled', 'Remanufacturé'],
  f_dyeingProcessType: ['Dyeing process', 'Procédé de teinture'],
  f_printing: ['Printing', 'Impression'],
  f_printingRatio: ['Printed share', 'Part imprimée'],
  f_trims: ['Trims', 'Accessoires'],
});

type ModelTexts = (typeof modelsMessages)['en'];

/** Name of a family or field in the reader's language; what is not known is shown as it is. */
export function nameIn(t: { readonly [Key in keyof ModelTexts]: unknown }, key: string, fallback: string): string {
  const text = t[key as keyof ModelTexts];
  return typeof text === 'string' ? text : fallback;
}
