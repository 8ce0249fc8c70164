import { defineMessages, useMessages } from '../i18n/messages.js';
import { Link } from '../router.js';
import { EmptyState } from './states.js';

const messages = defineMessages({
  products: ['There are no products yet', 'Il n’y a pas encore de produits'],
  productsHow: [
    'Run the pipeline “Extraction” to fill the database, or score a product and save it.',
    'Lancez le pipeline « Extraction » pour remplir la base, ou évaluez un produit et enregistrez-le.',
  ],
  statistics: ['The statistics have not been computed yet', 'Les statistiques n’ont pas encore été calculées'],
  statisticsHow: [
    'Run the pipeline “Statistics and training”: it computes them from the products of the database.',
    'Lancez le pipeline « Statistiques et entraînement » : il les calcule à partir des produits de la base.',
  ],
  analyses: ['The analyses have not been computed yet', 'Les analyses n’ont pas encore été calculées'],
  analysesHow: [
    'Run the pipeline “Statistics and training”: it computes them with the statistics.',
    'Lancez le pipeline « Statistiques et entraînement » : il les calcule avec les statistiques.',
  ],
  models: ['No model has been trained yet', 'Aucun modèle n’a encore été entraîné'],
  modelsHow: [
    'Run the pipeline “Training”: it needs at least 100 products in the database.',
    'Lancez le pipeline « Entraînement » : il lui faut au moins 100 produits dans la base.',
  ],
  toPipelines: ['Go to the pipelines', 'Aller aux pipelines'],
});

interface NothingYetProps {
  readonly what: 'products' | 'statistics' | 'analyses' | 'models';
  readonly height: number;
}

/** What a fresh platform lacks, and which pipeline brings it. */
export function NothingYet({ what, height }: NothingYetProps) {
  const t = useMessages(messages);
  return (
    <EmptyState title={t[what]} height={height}>
      <p>{t[`${what}How`]}</p>
      <p>
        <Link to="/pipelines">{t.toPipelines}</Link>
      </p>
    </EmptyState>
  );
}
