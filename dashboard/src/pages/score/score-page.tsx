import { useMessages } from '../../i18n/messages.js';
import type { PageProps } from '../../page-props.js';
import { Link, useSearchParams } from '../../router.js';
import { Page } from '../../ui/page.js';
import { ScoreDeclaration } from './score-declaration.js';
import { ScoreFile } from './score-file.js';
import { scoreMessages } from './score-messages.js';
import { ScoreOne } from './score-one.js';

const MODES = [
  { mode: '', text: 'one', Shown: ScoreOne },
  { mode: 'file', text: 'file', Shown: ScoreFile },
  { mode: 'declaration', text: 'declaration', Shown: ScoreDeclaration },
] as const;

export default function ScorePage(_: PageProps) {
  const t = useMessages(scoreMessages);
  const [search] = useSearchParams();
  const shown = MODES.find(({ mode }) => mode === search.get('mode')) ?? MODES[0];
  const { Shown } = shown;
  return (
    <Page title={t.title} intro={t.intro}>
      <nav class="tabs" aria-label={t.mode}>
        {MODES.map(({ mode, text }) => (
          <Link
            key={mode}
            to={mode === '' ? '/score' : `/score?mode=${mode}`}
            class="tab"
            {...(mode === shown.mode && { 'aria-current': 'page' as const })}
          >
            {t[text]}
          </Link>
        ))}
      </nav>
      <Shown />
    </Page>
  );
}
