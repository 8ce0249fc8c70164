import type { ExplanationAnswer } from '@ecobalyse/schema';
import type { ComponentChildren } from 'preact';
import type { Query } from '../api/use-query.js';
import { bound } from '../i18n/define-messages.js';
import { useTexts } from '../i18n/texts.js';
import { useLanguage } from '../preferences.js';
import { Link } from '../router.js';
import { DataTable } from '../ui/data-table.js';
import { Card } from '../ui/page.js';
import { Async } from '../ui/states.js';
import { comparisonOf, itemOfQuery } from './addresses.js';
import { comparisonMessages } from './comparison-messages.js';
import { Effects, signedPoints } from './effects.js';

const HEIGHT = 320;

type Lever = ExplanationAnswer['levers'][number];

interface ExplanationCardProps {
  readonly query: Query<ExplanationAnswer>;
  /** The product, as addresses of comparisons write it. */
  readonly item: string;
  readonly span?: 5 | 12;
  /** To choose whom it is compared to. */
  readonly actions?: ComponentChildren;
}

/** Why a product costs what it costs: a sentence, what sets it apart from its type, and what would lower it. */
export function ExplanationCard({ query, item, span = 12, actions }: ExplanationCardProps) {
  const { t, f } = useTexts(comparisonMessages);
  const language = useLanguage();
  return (
    <Card title={t.explanation} span={span} actions={actions}>
      <Async query={query} height={HEIGHT}>
        {({ sentence, product, against, levers }) => (
          <div class="sub-sections">
            <p class="explanation">{bound(sentence[language])}</p>
            <section class="sub-section">
              {against === null ? (
                <p class="soft">{t.noPeers}</p>
              ) : (
                <>
                  <h3>
                    {t.median(f.integer(against.count))}{' '}
                    <Link to={comparisonOf([medianItem(against.median), item])} class="link-button">
                      {t.compare}
                    </Link>
                  </h3>
                  <Effects effects={against.effects} difference={against.difference} measure="item" />
                </>
              )}
            </section>
            <section class="sub-section">
              <h3>{t.levers}</h3>
              <p class="soft hint">{t.leversHint}</p>
              {levers.length === 0 ? (
                <p class="soft">{t.noLever}</p>
              ) : (
                <DataTable<Lever>
                  caption={t.levers}
                  rows={levers}
                  rowKey={({ field }) => field}
                  columns={[
                    { header: t.field, cell: ({ label }) => label[language] },
                    { header: t.from, minor: true, cell: ({ from }) => from[language] },
                    { header: t.to, cell: ({ to }) => to[language] },
                    {
                      header: t.saves,
                      whole: true,
                      figure: ({ saves, ecs }) => `${signedPoints(f, -saves)} (−${f.percent(saves / (saves + ecs))})`,
                    },
                    {
                      header: t.compare,
                      minor: true,
                      cell: ({ label, change }) => (
                        <Link
                          to={comparisonOf([item, itemOfQuery({ ...product.query, ...change }, label[language])])}
                          class="button small"
                        >
                          {t.compare}
                        </Link>
                      ),
                    },
                  ]}
                />
              )}
            </section>
          </div>
        )}
      </Async>
    </Card>
  );
}

const medianItem = ({ md5_id, catalogue, product }: ExplanationAnswer['product']) =>
  md5_id ?? `${catalogue}/${product}`;
