import { counted, defineMessages } from '../../i18n/define-messages.js';

export const versionsMessages = defineMessages({
  title: ['Versions of the method', 'Versions de la méthode'],
  intro: [
    'By which version of the method products are scored, and what a change of it made of their costs. Scoring anew is a pipeline.',
    'Par quelle version de la méthode les produits sont évalués, et ce qu’un changement a fait de leurs coûts. Réévaluer est un pipeline.',
  ],
  pipelines: ['To the pipelines', 'Vers les pipelines'],
  reference: [
    (version: string) => `Statistics, models and figures over many products are by version ${version}.`,
    (version) => `Statistiques, modèles et chiffres d’ensemble suivent la version ${version}.`,
  ],
  version: ['Version', 'Version'],
  regulatory: ['of the regulation', 'réglementaire'],
  products: ['Products', 'Produits'],
  kept: ['Kept beside', 'Conservés à côté'],
  first: ['First answer', 'Première réponse'],
  updateFrom: ['May be updated from', 'Actualisable à partir du'],
  applyBy: ['To be applied by', 'À appliquer avant le'],
  dates: [
    'A published cost may be updated three months after the last one; a method that the regulation changes has to be applied within twelve months.',
    'Un coût publié peut être actualisé trois mois après le précédent ; une méthode que la réglementation change est à appliquer sous douze mois.',
  ],
  unknown: ['unknown', 'inconnue'],
  noVersions: ['No product is stored', 'Aucun produit n’est enregistré'],
  byType: ['By product type', 'Par type de produit'],
  byTypeHint: [
    'Means of the costs before and after, and the stage that changed most.',
    'Moyennes des coûts avant et après, et l’étape qui a le plus changé.',
  ],
  change: ['Change of version', 'Changement de version'],
  type: ['Product type', 'Type de produit'],
  before: ['Before', 'Avant'],
  after: ['After', 'Après'],
  difference: ['Difference', 'Écart'],
  most: ['Most by', 'Surtout par'],
  byProduct: [
    (count: string) => counted(count, 'product changed', 'products changed'),
    (count) => counted(count, 'produit a changé', 'produits ont changé'),
  ],
  productsOf: ['Products of', 'Produits de'],
  noCatalogue: ['Reference grid, and without a catalogue', 'Grille de référence, et sans catalogue'],
  allTypes: ['All types', 'Tous les types'],
  noChanges: ['Nothing has been scored by another version', 'Rien n’a été évalué par une autre version'],
});
