import { defineMessages } from '../../i18n/define-messages.js';

export const scoreMessages = defineMessages({
  title: ['Score a product', 'Évaluer un produit'],
  intro: [
    'Describe a garment and read its exact environmental cost as you type, score a whole file, or check a declaration.',
    'Décrivez un vêtement et lisez son coût environnemental exact pendant la saisie, évaluez tout un fichier ou vérifiez une déclaration.',
  ],
  one: ['One product', 'Un produit'],
  file: ['A file', 'Un fichier'],
  mode: ['What to score', 'Quoi évaluer'],
  description: ['Description', 'Description'],
  result: ['Environmental cost', 'Coût environnemental'],
  invalid: [
    'Mend the fields marked in red to see the cost.',
    'Corrigez les champs marqués en rouge pour voir le coût.',
  ],
  per: [(mass: string) => `for a garment of ${mass}`, (mass) => `pour un vêtement de ${mass}`],
  durability: ['Durability', 'Durabilité'],
  daysOfWear: ['Days of wear', 'Jours d’utilisation'],
  pef: ['PEF score', 'Score PEF'],
  dearerThan: [
    (share: string, type: string) =>
      `Costs more than ${share} of the products of type “${type}” in the reference grid.`,
    (share, type) => `Coûte plus que ${share} des produits de type « ${type} » de la grille de référence.`,
  ],
  dearest: [
    (type: string) => `No product of type “${type}” in the reference grid costs more.`,
    (type) => `Aucun produit de type « ${type} » de la grille de référence ne coûte plus.`,
  ],
  cheapest: [
    (type: string) => `No product of type “${type}” in the reference grid costs less.`,
    (type) => `Aucun produit de type « ${type} » de la grille de référence ne coûte moins.`,
  ],
  noType: [
    'The reference grid has no product of this type by this version of the method to compare with.',
    'La grille de référence n’a aucun produit de ce type par cette version de la méthode pour comparer.',
  ],
  prediction: ['What the model predicts', 'Ce que le modèle prédit'],
  predicted: [
    (value: string, low: string, high: string, level: string) =>
      `${value}, with ${level} confidence between ${low} and ${high}`,
    (value, low, high, level) => `${value}, avec ${level} de confiance entre ${low} et ${high}`,
  ],
  inside: ['The exact cost lies within the interval.', 'Le coût exact est dans l’intervalle.'],
  outside: ['The exact cost lies outside the interval.', 'Le coût exact est hors de l’intervalle.'],
  noModel: [
    'No model has been trained yet. Run the pipeline “Training”.',
    'Aucun modèle n’est encore entraîné. Lancez le pipeline « Entraînement ».',
  ],
  warnings: ['Take the prediction with care:', 'Prédiction à prendre avec précaution :'],
  'missing-field': [(field: string) => `${field} is not given`, (field) => `${field} n’est pas renseigné`],
  'unknown-field': [
    (field: string) => `${field} is not a field of a prediction`,
    (field) => `${field} n’est pas un champ d’une prédiction`,
  ],
  'incomplete-shares': [
    (field: string) => `${field}: the shares do not add up to 100%`,
    (field) => `${field} : la somme des parts n’est pas 100 %`,
  ],
  'unknown-category': [
    (field: string) => `${field} was not in the training data`,
    (field) => `${field} n’était pas dans les données d’entraînement`,
  ],
  'outside-training-range': [
    (field: string) => `${field} is outside what the model was trained on`,
    (field) => `${field} sort de ce que le modèle a appris`,
  ],
  breakdown: ['What makes it up', 'De quoi il est fait'],
  breakdownHint: [
    'Each part of the life cycle, beside the median of its product type.',
    'Chaque part du cycle de vie, à côté de la médiane de son type.',
  ],
  this: ['This garment', 'Ce vêtement'],
  median: ['Median of the type', 'Médiane du type'],
  saveAs: [
    (reference: string) => `Save as the description of ${reference}`,
    (reference) => `Enregistrer comme description de ${reference}`,
  ],
  savedAs: [
    (reference: string) => `${reference} is described so now.`,
    (reference) => `${reference} est maintenant décrit ainsi.`,
  ],
  save: ['Save to the database', 'Enregistrer dans la base'],
  saving: ['Saving…', 'Enregistrement…'],
  saved: ['It was added to the database.', 'Il a été ajouté à la base.'],
  exists: ['This garment is in the database already.', 'Ce vêtement est déjà dans la base.'],
  open: ['See the product', 'Voir le produit'],
  needsWriter: [
    'Your key may not save products: it needs the role “writer”.',
    'Votre clé ne permet pas d’enregistrer : il faut le rôle « écriture ».',
  ],
  reset: ['Start anew', 'Recommencer'],
  shareLink: [
    'The address of this page describes the garment: share it.',
    'L’adresse de cette page décrit le vêtement : partagez-la.',
  ],
  declaration: ['A declaration', 'Une déclaration'],
});
