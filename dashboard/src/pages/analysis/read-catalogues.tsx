import type { Strata } from '@ecobalyse/schema';
import { bound } from '../../i18n/define-messages.js';
import { useTexts } from '../../i18n/texts.js';
import { useLanguage } from '../../preferences.js';
import { Link } from '../../router.js';
import { NothingYet } from '../../ui/nothing-yet.js';
import { EmptyState } from '../../ui/states.js';
import { analysisMessages } from './analysis-messages.js';
import { GRID, useChoice } from './choice.js';

/** A catalogue that an analysis read. */
export type Read = Pick<Strata['catalogues'][number], 'id' | 'name' | 'method_version' | 'products' | 'left_out'>;

/** Below an analysis: how many products of which catalogues it is of, which are left out and why, and what else has to be known. */
export function ReadCatalogues({ catalogues, notes }: { catalogues: readonly Read[]; notes: Strata['notes'] }) {
  const { t, f } = useTexts(analysisMessages);
  const language = useLanguage();
  return (
    <div class="soft hint">
      {catalogues.map(({ id, name, method_version, products, left_out }) => (
        <p key={id}>
          {t.read(name[language], f.integer(products))}
          {left_out.other_version > 0 && ` ${t.otherVersion(f.integer(left_out.other_version), method_version ?? '–')}`}
          {left_out.other_scenario > 0 && ` ${t.otherScenario(f.integer(left_out.other_scenario))}`}
          {left_out.without_figures > 0 && ` ${t.withoutFigures(f.integer(left_out.without_figures))}`}
          {left_out.to_check > 0 && (
            <>
              {' '}
              <Link to={`/to-check?catalogue=${id}`}>{t.toCheck(f.integer(left_out.to_check))}</Link>
            </>
          )}
        </p>
      ))}
      {notes.map((note) => (
        <p key={note.en}>{bound(note[language])}</p>
      ))}
    </div>
  );
}

/** Nothing to analyse. */
export function NoProducts() {
  const { t } = useTexts(analysisMessages);
  const { catalogue, product } = useChoice().choice;
  if (catalogue.join() === GRID && product === '') return <NothingYet what="products" height={240} />;
  return <EmptyState title={t.noneTitle} height={240} hint={t.none} />;
}

/** Address of a product of a catalogue that is built in, or of somebody's own. */
export const pageOfProduct = (catalogue: string, id: string): string =>
  ['reference-grid', 'api'].includes(catalogue) ? `/products/${id}` : `/catalogues/${catalogue}/products/${id}`;
