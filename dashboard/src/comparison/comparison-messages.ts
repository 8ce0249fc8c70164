import { counted, defineMessages } from '../i18n/define-messages.js';

export const comparisonMessages = defineMessages({
  title: ['Compare', 'Comparer'],
  intro: [
    'Two to eight products side by side, and what each field makes of the difference. The address keeps the comparison: share it.',
    'Deux à huit produits côte à côte, et ce que chaque champ fait de l’écart. L’adresse garde la comparaison : partagez-la.',
  ],
  tooFewTitle: ['Choose at least two products', 'Choisissez au moins deux produits'],
  tooFew: [
    'Tick two to eight rows of the products or of a catalogue, and press “Compare”.',
    'Cochez deux à huit lignes des produits ou d’un catalogue, puis « Comparer ».',
  ],
  products: ['All products', 'Tous les produits'],
  catalogues: ['Catalogues', 'Catalogues'],
  export: ['Export', 'Exporter'],
  addVariant: ['Add a variant', 'Ajouter une variante'],
  variant: [(rank: string) => `Variant ${rank}`, (rank) => `Variante ${rank}`],
  sideBySide: ['Side by side', 'Côte à côte'],
  sideBySideHint: [
    'The fields in which a product is told otherwise than another.',
    'Les champs où un produit est décrit autrement qu’un autre.',
  ],
  field: ['Field', 'Champ'],
  type: ['Type', 'Type'],
  base: ['Compared to', 'Comparé à'],
  per: ['Cost', 'Coût'],
  item: ['of the item', 'du produit'],
  per_100g: ['per 100 g', 'pour 100 g'],
  per_day: ['per day of wear', 'par jour d’utilisation'],
  durability: ['Durability', 'Durabilité'],
  daysOfWear: ['Days of wear', 'Jours d’utilisation'],
  remove: [(name: string) => `Take ${name} out`, (name) => `Retirer ${name}`],
  parts: ['What makes up the costs', 'De quoi les coûts sont faits'],
  partsLabel: [
    (dearest: string, cost: string) => `Stacked bars of the parts of each cost; the greatest is ${dearest}, ${cost}.`,
    (dearest, cost) => `Barres empilées des parts de chaque coût ; le plus grand est ${dearest}, ${cost}.`,
  ],
  product: ['Product', 'Produit'],
  costAxis: ['Cost of the item (Pts)', 'Coût du produit (Pts)'],
  why: [
    (name: string, sign: string) => `${name}: ${sign}`,
    (name, sign) => `${name} : ${sign}`,
  ],
  whyHint: [
    (base: string) =>
      `What each field makes of the difference to ${base}: its mean effect over all mixtures of the two, worked out by the method. They add up exactly.`,
    (base) =>
      `Ce que chaque champ fait de l’écart avec ${base} : son effet moyen sur tous les mélanges des deux, calculés par la méthode. Leur somme est exacte.`,
  ],
  effectsLabel: [
    (field: string, points: string) => `Bars of the effect of each field; the greatest is ${field}, ${points}.`,
    (field, points) => `Barres de l’effet de chaque champ ; le plus grand est ${field}, ${points}.`,
  ],
  same: ['They are told alike.', 'Ils sont décrits de la même façon.'],
  effect: ['Effect', 'Effet'],
  total: ['Difference', 'Écart'],
  effectAxis: ['Effect on the cost (Pts)', 'Effet sur le coût (Pts)'],
  selected: [
    (count: string) => counted(count, 'product selected', 'products selected'),
    (count) => counted(count, 'produit sélectionné', 'produits sélectionnés'),
  ],
  unselect: ['Unselect', 'Désélectionner'],
  compare: ['Compare', 'Comparer'],
  twoToEight: ['Two to eight can be compared.', 'On en compare deux à huit.'],
  select: [(name: string) => `Select ${name}`, (name) => `Sélectionner ${name}`],
  selectAll: ['Select this page', 'Sélectionner cette page'],
  compareVariant: ['Compare with a variant', 'Comparer avec une variante'],
  variantHint: [
    'Change the garment, then compare it with what it was.',
    'Changez le vêtement, puis comparez-le à ce qu’il était.',
  ],
  explanation: ['Why it costs that', 'Pourquoi ce coût'],
  against: ['Compared to', 'Comparé à'],
  grid: ['Reference grid', 'Grille de référence'],
  ownCatalogue: ['Its catalogue', 'Son catalogue'],
  median: [
    (count: string) => `The median garment of its type, of ${count}`,
    (count) => `Le vêtement médian de son type, sur ${count}`,
  ],
  noPeers: [
    'There are fewer than three garments of its type to compare it to.',
    'Il y a moins de trois vêtements de son type auxquels le comparer.',
  ],
  levers: ['Single changes that lower the cost', 'Changements simples qui abaissent le coût'],
  leversHint: [
    'The best value of each field, worked out by the method. What only changes what is told (price, trims, options that are not declared) is none.',
    'La meilleure valeur de chaque champ, calculée par la méthode. Ce qui ne change que la déclaration (prix, accessoires, options non déclarées) n’en est pas.',
  ],
  from: ['Now', 'Aujourd’hui'],
  to: ['Instead', 'À la place'],
  saves: ['Saves', 'Gain'],
  noLever: ['No single change would lower it.', 'Aucun changement simple ne l’abaisserait.'],
});
