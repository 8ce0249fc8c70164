import { counted, defineMessages } from '../../i18n/define-messages.js';

export const toCheckMessages = defineMessages({
  title: ['Products to check', 'Produits à vérifier'],
  intro: [
    'What these products say is hardly possible. Until somebody confirms or corrects them, they count in no statistics and no training.',
    'Ce que disent ces produits n’est guère possible. Tant que personne ne les confirme ou ne les corrige, ils ne comptent ni dans les statistiques ni dans l’apprentissage.',
  ],
  catalogue: ['Catalogue', 'Catalogue'],
  found: [
    (count: string) => counted(count, 'product to check', 'products to check'),
    (count) => counted(count, 'produit à vérifier', 'produits à vérifier'),
  ],
  table: ['Products to check', 'Produits à vérifier'],
  select: [(reference: string) => `Select ${reference}`, (reference) => `Sélectionner ${reference}`],
  selectAll: ['Select this page', 'Sélectionner cette page'],
  selected: [
    (count: string) => counted(count, 'product selected', 'products selected'),
    (count) => counted(count, 'produit sélectionné', 'produits sélectionnés'),
  ],
  confirm: ['They are right', 'Ils sont justes'],
  confirmed: [
    (count: string) => `${counted(count, 'product was', 'products were')} confirmed.`,
    (count) => counted(count, 'produit a été confirmé.', 'produits ont été confirmés.'),
  ],
  reference: ['Reference', 'Référence'],
  mass: ['Mass', 'Masse'],
  cost: ['Cost', 'Coût'],
  why: ['Why', 'Pourquoi'],
  correct: ['Correct', 'Corriger'],
  correctOf: [(reference: string) => `Correct ${reference}`, (reference) => `Corriger ${reference}`],
  noneTitle: ['Nothing to check', 'Rien à vérifier'],
  none: [
    'Every product of this catalogue is plausible or confirmed.',
    'Chaque produit de ce catalogue est vraisemblable ou confirmé.',
  ],
});
