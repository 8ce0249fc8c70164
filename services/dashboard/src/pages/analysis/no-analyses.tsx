import { useMessages } from '../../i18n/messages.js';
import { Link } from '../../router.js';
import { EmptyState } from '../../ui/states.js';
import { analysisMessages } from './analysis-messages.js';

/** What to do when no analyses have been computed. */
export function NoAnalyses({ height }: { height: number }) {
  const t = useMessages(analysisMessages);
  return (
    <EmptyState title={t.emptyTitle} height={height}>
      <p>{t.empty}</p>
      <p>
        <Link to="/pipelines">{t.toPipelines}</Link>
      </p>
    </EmptyState>
  );
}
