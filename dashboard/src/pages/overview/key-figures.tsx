import type { ComponentChildren } from 'preact';
import { type Query, useQuery } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import { Link } from '../../router.js';
import { Figure } from '../../ui/page.js';
import { ErrorState } from '../../ui/states.js';
import { overviewMessages } from './overview-messages.js';

/** The figure of a query: a dash while it is under way, a text of its own when there is nothing yet. */
function shownOf<T>(query: Query<T>, show: (data: T) => ComponentChildren, none: string): ComponentChildren {
  if (query.data !== undefined) return show(query.data);
  return query.error?.kind === 'not-found' ? none : '–';
}

/** What there is, and how fresh it is. */
export function KeyFigures() {
  const { t, f, v } = useTexts(overviewMessages);
  const summary = useQuery('GET /impacts/summary', {});
  const distribution = useQuery('GET /impacts/distribution', {});
  const statistics = useQuery('GET /stats/summary', {});
  const models = useQuery('GET /models', { query: { limit: 200 } });
  const [q1 = 0, median, q3 = 0] = distribution.data?.quartiles ?? [];
  const model = models.data?.items.find(({ production }) => production);
  const mape = model?.metrics.mape;
  const failed = [summary, distribution, statistics, models].find(({ error }) => error && error.kind !== 'not-found');
  return (
    <section class="card span-12" aria-label={t.title}>
      {failed?.error && <ErrorState error={failed.error} onRetry={failed.retry} />}
      <dl class="figures key-figures">
        <Figure
          label={t.documents}
          value={shownOf(summary, ({ documents }) => f.integer(documents), '0')}
          note={shownOf(
            summary,
            ({ products, to_check }) => (
              <>
                {t.types(f.integer(products))}
                {to_check > 0 && (
                  <>
                    {' · '}
                    <Link to="/to-check">{t.toCheck(f.integer(to_check))}</Link>
                  </>
                )}
              </>
            ),
            '',
          )}
        />
        <Figure
          label={t.median}
          value={shownOf(distribution, () => (median === undefined ? '–' : f.points(median)), '–')}
          note={median === undefined ? ' ' : t.middleHalf(f.number(q1), f.number(q3))}
        />
        <Figure
          label={t.data}
          value={shownOf(summary, ({ last_at }) => (last_at ? f.relative(last_at) : '–'), '–')}
          note={shownOf(summary, ({ method_versions: used }) => (used.length > 0 ? t.method(f.list(used)) : ' '), '')}
        />
        <Figure
          label={t.statistics}
          value={shownOf(statistics, ({ finishedAt }) => f.relative(finishedAt), t.statisticsNone)}
          note={shownOf(statistics, ({ finishedAt }) => f.dateTime(finishedAt), ' ')}
        />
        <Figure
          label={t.model}
          value={shownOf(models, () => (model ? t.modelVersion(f.integer(model.version)) : t.modelNone), t.modelNone)}
          note={model ? t.modelNote(v.family(model.family), mape === undefined ? '–' : f.percent(mape / 100, 1)) : ' '}
        />
      </dl>
    </section>
  );
}
