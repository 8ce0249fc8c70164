import type { ComponentType } from 'preact';
import { useTexts } from '../../i18n/texts.js';
import type { PageProps } from '../../page-props.js';
import { Link, useSearchParams } from '../../router.js';
import { Page } from '../../ui/page.js';
import { analysisMessages } from './analysis-messages.js';
import { ChoiceBar } from './choice-bar.js';
import { Costs } from './costs.js';
import { Effects } from './effects.js';
import { Outliers } from './outliers.js';
import { ReferenceGrid } from './reference-grid.js';
import { Segments } from './segments.js';
import { Sensitivity } from './sensitivity.js';
import { Standing } from './standing.js';

const TABS = {
  costs: Costs,
  effects: Effects,
  sensitivity: Sensitivity,
  segments: Segments,
  outliers: Outliers,
  standing: Standing,
  grid: ReferenceGrid,
} satisfies Record<string, ComponentType>;
type Tab = keyof typeof TABS;
const [USUAL, ...OTHERS] = Object.keys(TABS) as [Tab, ...Tab[]];

/** Analyses of the catalogues that are chosen above them, one at a time. */
export default function AnalysisPage(_: PageProps) {
  const { t } = useTexts(analysisMessages);
  const [search] = useSearchParams();
  const shown = OTHERS.find((tab) => tab === search.get('tab')) ?? USUAL;
  const Shown = TABS[shown];
  const addressOf = (tab: Tab) => {
    const next = new URLSearchParams(search);
    next.delete('tab');
    if (tab !== USUAL) next.set('tab', tab);
    return `/analysis?${next}`.replace(/\?$/, '');
  };
  return (
    <Page title={t.title} intro={t.intro}>
      <ChoiceBar />
      <nav class="tabs" aria-label={t.parts_of}>
        {[USUAL, ...OTHERS].map((tab) => (
          <Link key={tab} to={addressOf(tab)} class="tab" {...(tab === shown && { 'aria-current': 'page' as const })}>
            {t[`${tab}Tab`]}
          </Link>
        ))}
      </nav>
      <Shown key={shown} />
    </Page>
  );
}
