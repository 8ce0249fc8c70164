import { counted, defineMessages } from '../../i18n/define-messages.js';

export const retentionMessages = defineMessages({
  title: ['How long things are kept', 'Durées de conservation'],
  intro: [
    'What is removed by age, what would go now, and why the rest stays. The policies are settings; the platform applies them by itself every ten minutes.',
    'Ce qui est supprimé avec l’âge, ce qui partirait maintenant, et pourquoi le reste demeure. Les règles sont des réglages ; la plateforme les applique d’elle-même toutes les dix minutes.',
  ],
  needsAdmin: [
    'Only an administrator’s key sees and applies this.',
    'Seule une clé d’administration voit et applique ceci.',
  ],
  policies: ['Policies', 'Règles'],
  what: ['What', 'Quoi'],
  runs: ['Runs of pipelines, with their logs', 'Exécutions des pipelines, avec leurs journaux'],
  jobs: ['Jobs of files, with their results', 'Traitements de fichiers, avec leurs résultats'],
  models: ['Versions of the model, with their files', 'Versions du modèle, avec leurs fichiers'],
  versions: ['Former answers, by other versions of the method', 'Anciennes réponses, d’autres versions de la méthode'],
  policy: ['Policy', 'Règle'],
  forEver: ['kept for ever', 'conservé sans limite'],
  after: [
    (days: string) => `goes after ${counted(days, 'day', 'days')}`,
    (days) => `supprimé après ${counted(days, 'jour', 'jours')}`,
  ],
  newestStay: [(count: string) => `the newest ${count} stay`, (count) => `les ${count} plus récents restent`],
  most: [(count: string) => `at most ${count}`, (count) => `au plus ${count}`],
  goes: ['Would go now', 'Partirait maintenant'],
  between: [(oldest: string, newest: string) => `${oldest} to ${newest}`, (oldest, newest) => `${oldest} à ${newest}`],
  size: ['Size', 'Taille'],
  units: ['B kB MB GB', 'o ko Mo Go'],
  stays: ['Stays', 'Reste'],
  because_recent: ['not old enough', 'pas assez anciens'],
  because_newest: ['among the newest', 'parmi les plus récents'],
  because_open: ['wait or go on', 'en attente ou en cours'],
  because_succeeded: ['last success of a pipeline', 'dernière réussite d’un pipeline'],
  because_serving: ['in production', 'en production'],
  because_only: ['last answer of its product', 'dernière réponse de son produit'],
  apply: ['Remove now', 'Supprimer maintenant'],
  nothing: ['Nothing would go now.', 'Rien ne partirait maintenant.'],
  applyTitle: [
    (count: string) => `Remove ${counted(count, 'thing', 'things')} for good?`,
    (count) => `Supprimer ${counted(count, 'élément', 'éléments')} définitivement ?`,
  ],
  applyText: [
    'What is removed is gone: it can only be had back from a backup. Up to 5,000 of a kind go at once, the oldest first.',
    'Ce qui est supprimé est perdu : seule une sauvegarde le rend. Jusqu’à 5 000 de chaque sorte partent à la fois, les plus anciens d’abord.',
  ],
  ofKind: [(what: string, count: string) => `${what}: ${count}`, (what, count) => `${what} : ${count}`],
  cancel: ['Cancel', 'Annuler'],
  removed: [
    (count: string) => `${counted(count, 'thing was', 'things were')} removed.`,
    (count) => counted(count, 'élément supprimé.', 'éléments supprimés.'),
  ],
  left: [
    (count: string) => `${count} more would go: remove again.`,
    (count) => `${count} de plus partiraient : recommencez.`,
  ],
});
export type RetentionTexts = (typeof retentionMessages)['en'];
