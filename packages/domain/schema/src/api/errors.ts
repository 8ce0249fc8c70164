import { z } from 'zod';
import type { Words } from '../languages.js';

/** An error that a route may answer; places such as `{state}` are filled in. */
export interface ErrorRow extends Words {
  readonly status: number;
  /** What routes of the contract (docs/contract.md) say, in every language, where it is not the English words. */
  readonly contract?: string;
  /** Seconds after which to try again. */
  readonly retryAfter?: number;
  /** What to do about it, told beside the detail. */
  readonly hint?: Words;
}

/**
 * Every error that the HTTP services answer, by its code, which stays the same whatever words people are told. The first row
 * of a status is also for errors of that status which nobody names better.
 */
export const ERRORS = {
  not_http: { status: 400, en: 'This is no HTTP request', fr: 'Ceci n’est pas une requête HTTP' },
  forbidden: { status: 403, en: 'This is not allowed here', fr: 'Ce n’est pas permis ici' },
  key_unknown: { status: 403, en: 'Could not validate credentials', fr: 'Clé absente ou inconnue' },
  role_needed: {
    status: 403,
    en: 'This key may not do that: it needs the role {role}',
    fr: 'Cette clé ne le permet pas : il faut le rôle {role}',
  },
  origin_foreign: {
    status: 403,
    en: 'Pages of another origin may change nothing here',
    fr: 'Les pages d’une autre origine ne peuvent rien changer ici',
  },
  not_found: { status: 404, en: 'Document not found', fr: 'Aucun document trouvé' },
  path_unknown: { status: 404, en: 'Not Found', fr: 'Cette adresse n’existe pas' },
  product_not_found: { status: 404, en: 'Product not found', fr: 'Produit introuvable' },
  statistics_missing: {
    status: 404,
    en: 'Document not found',
    fr: 'Aucun document trouvé',
    hint: {
      en:
        'No statistics have been computed yet. The pipeline "ecobalyse" computes them every hour and can be started at once ' +
        'from the orchestrator; "npm run ecobalyse -- statistics" computes them without it.',
      fr:
        'Aucune statistique n’a encore été calculée. La chaîne « ecobalyse » les calcule toutes les heures et peut être lancée ' +
        'tout de suite depuis l’orchestrateur ; « npm run ecobalyse -- statistics » les calcule sans lui.',
    },
  },
  model_missing: {
    status: 404,
    en: 'No model is registered yet',
    fr: 'Aucun modèle n’est encore enregistré',
    contract: 'MLFlow Models error',
  },
  model_unknown: { status: 404, en: 'Model version not found', fr: 'Version du modèle introuvable' },
  job_unknown: { status: 404, en: 'No such job', fr: 'Ce travail n’existe pas' },
  mapping_unknown: { status: 404, en: 'No such mapping', fr: 'Cette correspondance n’existe pas' },
  run_unknown: { status: 404, en: 'No such run', fr: 'Cette exécution n’existe pas' },
  api_key_unknown: {
    status: 404,
    en: 'No key of this name is in force',
    fr: 'Aucune clé de ce nom n’est en vigueur',
  },
  catalogue_unknown: { status: 404, en: 'No such catalogue', fr: 'Ce catalogue n’existe pas' },
  change_unknown: { status: 404, en: 'No such change', fr: 'Cette modification n’existe pas' },
  cache_away: { status: 404, en: 'Error clear cache', fr: 'Le cache n’a pas pu être vidé' },
  method_not_allowed: { status: 405, en: 'Method Not Allowed', fr: 'Cette méthode n’est pas permise' },
  too_slow: {
    status: 408,
    en: 'The request took too long to come',
    fr: 'La requête a mis trop de temps à arriver',
  },
  job_ended: { status: 409, en: 'The job has ended: {state}', fr: 'Le travail est terminé : {state}' },
  too_many_mappings: {
    status: 409,
    en: '{most} mappings are kept already: delete one first',
    fr: '{most} correspondances sont déjà enregistrées : supprimez-en une d’abord',
  },
  pipeline_busy: {
    status: 409,
    en: 'a run of {pipeline} goes on already: wait for its end, or cancel it',
    fr: 'une exécution de {pipeline} est déjà en cours : attendez sa fin, ou arrêtez-la',
  },
  run_not_retryable: {
    status: 409,
    en: 'only a failed or cancelled run can be retried, this one is {state}',
    fr: 'seule une exécution échouée ou arrêtée peut être reprise ; état de celle-ci : {state}',
  },
  run_ended: {
    status: 409,
    en: 'only a run that goes on can be cancelled, this one is {state}',
    fr: 'seule une exécution en cours peut être arrêtée ; état de celle-ci : {state}',
  },
  webhook_missing: {
    status: 409,
    en: 'No webhook is set (ALERT_WEBHOOK_URL)',
    fr: 'Aucun webhook n’est réglé (ALERT_WEBHOOK_URL)',
  },
  key_name_taken: {
    status: 409,
    en: 'Another key has, or had, this name: {name}',
    fr: 'Ce nom est, ou a été, celui d’une autre clé : {name}',
  },
  key_of_settings: {
    status: 409,
    en: 'This key stands in the settings (API_KEY, API_KEYS): change it there',
    fr: 'Cette clé est dans les réglages (API_KEY, API_KEYS) : changez-la là',
  },
  catalogue_name_taken: {
    status: 409,
    en: 'Another catalogue has this name: {name}',
    fr: 'Un autre catalogue porte ce nom : {name}',
  },
  catalogue_built_in: {
    status: 409,
    en: 'This catalogue belongs to the platform: it can only be read',
    fr: 'Ce catalogue appartient à la plateforme : il ne peut être que lu',
  },
  catalogue_not_deleted: {
    status: 409,
    en: 'Only a catalogue in the bin can be purged or restored: delete it first',
    fr: 'Seul un catalogue dans la corbeille peut être effacé ou rétabli : supprimez-le d’abord',
  },
  catalogue_busy: {
    status: 409,
    en: 'A job goes on in this catalogue: wait for its end, or cancel it',
    fr: 'Un travail est en cours dans ce catalogue : attendez sa fin, ou arrêtez-le',
  },
  too_many_catalogues: {
    status: 409,
    en: 'At most {most} catalogues can be kept: purge one first',
    fr: 'On peut garder {most} catalogues au plus : effacez-en un d’abord',
  },
  body_too_large: { status: 413, en: 'Request body is too large', fr: 'Le corps de la requête est trop grand' },
  file_too_large: { status: 413, en: 'The file is larger than {most} MB', fr: 'Le fichier dépasse {most} Mo' },
  too_many_products: {
    status: 413,
    en: 'The file holds more than {most} products',
    fr: 'Le fichier contient plus de {most} produits',
  },
  url_too_long: {
    status: 414,
    en: 'Expected a URL of at most {most} characters',
    fr: 'Attendu : une URL de {most} caractères au plus',
  },
  content_encoding_unknown: {
    status: 415,
    en: 'Expected a body without content-encoding, or with one of {encodings}',
    fr: 'Attendu : un corps sans content-encoding, ou avec l’un de {encodings}',
  },
  invalid_request: { status: 422, en: 'Invalid request', fr: 'Requête invalide' },
  invalid_url: { status: 422, en: 'Invalid URL', fr: 'URL invalide' },
  product_refused: { status: 422, en: 'Not possible', fr: 'Impossible' },
  too_many_requests: {
    status: 429,
    en: 'Too many requests, try again in {seconds} seconds',
    fr: 'Trop de requêtes, réessayez dans {seconds} secondes',
  },
  requests_quota_reached: {
    status: 429,
    en: 'This key may send {most} requests a minute, try again in {seconds} seconds',
    fr: 'Cette clé peut envoyer {most} requêtes par minute, réessayez dans {seconds} secondes',
  },
  products_quota_reached: {
    status: 429,
    en: 'This key may add or change {most} products a day, {left} are left today; try again in {seconds} seconds',
    fr: 'Cette clé peut ajouter ou modifier {most} produits par jour, il en reste {left} aujourd’hui ; réessayez dans {seconds} secondes',
  },
  too_many_jobs: {
    status: 429,
    en: '{most} jobs come, wait or go on already, try again later',
    fr: '{most} travaux arrivent, attendent ou sont en cours, réessayez plus tard',
    retryAfter: 60,
  },
  headers_too_long: { status: 431, en: 'The headers are too long', fr: 'Les en-têtes sont trop longs' },
  internal_error: { status: 500, en: 'Internal Server Error', fr: 'Erreur interne du serveur' },
  upstream_failed: {
    status: 502,
    en: 'The Ecobalyse API gave no score',
    fr: 'L’API Ecobalyse n’a pas donné de score',
  },
  orchestrator_away: {
    status: 502,
    en: 'The orchestrator cannot be reached, try again later',
    fr: 'L’orchestrateur est injoignable, réessayez plus tard',
  },
  webhook_failed: {
    status: 502,
    en: 'The webhook did not take it: {reason}',
    fr: 'Le webhook ne l’a pas accepté : {reason}',
  },
  overloaded: {
    status: 503,
    en: 'Too much is under way, try again in a few seconds',
    fr: 'Trop de requêtes sont en cours, réessayez dans quelques secondes',
    retryAfter: 2,
  },
  too_many_streams: {
    status: 503,
    en: 'Too many streams of events are open, try again in a few seconds',
    fr: 'Trop de flux d’événements sont ouverts, réessayez dans quelques secondes',
    retryAfter: 10,
  },
  database_away: {
    status: 503,
    en: 'The database cannot be reached, try again in a few seconds',
    fr: 'La base de données est injoignable, réessayez dans quelques secondes',
    retryAfter: 5,
  },
  queues_away: {
    status: 503,
    en: 'Redis cannot be reached, try again in a few seconds',
    fr: 'Redis est injoignable, réessayez dans quelques secondes',
    retryAfter: 5,
  },
  registry_away: {
    status: 503,
    en: 'The registry of models cannot be read, try again in a few seconds',
    fr: 'Le registre des modèles est illisible, réessayez dans quelques secondes',
    retryAfter: 5,
  },
  model_unreadable: {
    status: 503,
    en: 'The model is of another version of the platform: the next training replaces it',
    fr: 'Le modèle est d’une autre version de la plateforme : le prochain entraînement le remplace',
    retryAfter: 60,
  },
  estimates_waiting: {
    status: 503,
    en: 'Too many estimates are waiting, try again in some seconds',
    fr: 'Trop d’estimations sont en attente, réessayez dans quelques secondes',
    retryAfter: 5,
  },
  searches_waiting: {
    status: 503,
    en: 'Too many searches wait for the database, try again in some seconds',
    fr: 'Trop de recherches attendent la base de données, réessayez dans quelques secondes',
    retryAfter: 10,
  },
  search_too_slow: {
    status: 503,
    en: 'The search took longer than {seconds} s and was ended: narrow it, for instance to one product type',
    fr: 'La recherche a pris plus de {seconds} s et a été arrêtée : restreignez-la, par exemple à un type de produit',
    retryAfter: 10,
  },
  orchestrator_slow: {
    status: 504,
    en: 'The orchestrator did not answer in time, try again later',
    fr: 'L’orchestrateur n’a pas répondu à temps, réessayez plus tard',
  },
  database_full: {
    status: 507,
    en: 'The database has no room left on its disk: nothing was stored',
    fr: 'Le disque de la base de données est plein : rien n’a été enregistré',
  },
} as const satisfies Readonly<Record<string, ErrorRow>>;

export type ErrorCode = keyof typeof ERRORS;

/** Faults of an invalid request that are told in our own words, by the `type` of the fault; schemas have theirs beside them. */
export const FAULTS = {
  json_invalid: { en: 'expected valid JSON', fr: 'attendu : du JSON valide' },
  too_deep: {
    en: 'expected JSON of at most 64 levels, with lists of at most 10000 elements',
    fr: 'attendu : du JSON de 64 niveaux au plus, avec des listes de 10000 éléments au plus',
  },
  missing: { en: 'expected a JSON body', fr: 'attendu : un corps JSON' },
  media_type: {
    en: 'expected a JSON body, with the header content-type: application/json',
    fr: 'attendu : un corps JSON, avec l’en-tête content-type: application/json',
  },
  encoding: {
    en: 'expected a body as its header content-encoding says',
    fr: 'attendu : un corps tel que le dit son en-tête content-encoding',
  },
  length: {
    en: 'expected as many bytes as content-length says',
    fr: 'attendu : autant d’octets que le dit content-length',
  },
  too_long: { en: 'expected at most {most} bytes', fr: 'attendu : {most} octets au plus' },
  array: { en: 'expected an array of requests', fr: 'attendu : un tableau de requêtes' },
  too_many: { en: 'expected at most {most} requests', fr: 'attendu : {most} requêtes au plus' },
  unknown_parameter: {
    en: 'unknown parameter: expected one of {known}',
    fr: 'paramètre inconnu ; attendu : l’un de {known}',
  },
  no_parameter: { en: 'unknown parameter: expected none', fr: 'paramètre inconnu ; attendu : aucun' },
  form_invalid: {
    en: 'expected a whole form (multipart/form-data, with its boundary) that has one file',
    fr: 'attendu : un formulaire entier (multipart/form-data, avec sa boundary) qui a un fichier',
  },
  body_missing: {
    en: 'expected products, with a content-type that says how they are written',
    fr: 'attendu : des produits, avec un content-type qui dit comment ils sont écrits',
  },
  nothing_known: {
    en: 'expected at least one of {fields}, with a known value',
    fr: 'attendu : au moins un de {fields}, avec une valeur connue',
  },
  unknown_field: { en: 'unknown field: expected one of {known}', fr: 'champ inconnu ; attendu : l’un de {known}' },
  reference_fixed: {
    en: 'a product keeps its reference: add one with the other reference, and delete this one',
    fr: 'un produit garde sa référence : ajoutez-en un avec l’autre référence, puis supprimez celui-ci',
  },
  unknown_value: { en: 'expected one of {known}', fr: 'attendu : l’un de {known}' },
  too_many_products: {
    en: 'expected catalogues of at most {most} products: narrow them by filters, such as product',
    fr: 'attendu : des catalogues de {most} produits au plus ; restreignez-les par des filtres, comme product',
  },
  product_unknown: { en: 'no such product', fr: 'ce produit n’existe pas' },
  products_missing: { en: 'expected at least one product', fr: 'attendu : au moins un produit' },
} as const satisfies Readonly<Record<string, Words>>;

export const errorCodeSchema = z
  .enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]])
  .meta({ id: 'ErrorCode', description: 'Name of an error for programs: it stays the same in every language' });
