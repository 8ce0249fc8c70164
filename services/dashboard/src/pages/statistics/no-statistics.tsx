import { useMessages } from '../../i18n/messages.js';
import { Link } from '../../router.js';
import { EmptyState } from '../../ui/states.js';
import { statisticsMessages } from './statistics-messages.js';

/** What to do when no statistics have been computed. */
export function NoStatistics({ height }: { height: number }) {
  const t = useMessages(statisticsMessages);
  return (
    <EmptyState title={t.emptyTitle} height={height}>
      <p>{t.empty}</p>
      <p>
        <Link to="/pipelines">{t.toPipelines}</Link>
      </p>
    </EmptyState>
  );
}
