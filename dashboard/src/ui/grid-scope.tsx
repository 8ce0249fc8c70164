import { defineMessages, useMessages } from '../i18n/messages.js';
import { Link } from '../router.js';

const messages = defineMessages({
  speaksOf: ['Catalogue:', 'Catalogue :'],
  grid: ['reference grid', 'grille de référence'],
  andOthers: ['with products added without a catalogue', 'avec les produits ajoutés sans catalogue'],
  apart: ['Your own catalogues are not counted here.', 'Vos propres catalogues ne sont pas comptés ici.'],
});

/** Says of a page that its figures are about the reference grid, and not about anybody's own products. */
export function GridScope({ isGridAlone = false }: { isGridAlone?: boolean }) {
  const t = useMessages(messages);
  return (
    <>
      {t.speaksOf} <Link to="/products?catalogue=reference-grid">{t.grid}</Link>
      {!isGridAlone && `, ${t.andOthers}`}. {t.apart}
    </>
  );
}
