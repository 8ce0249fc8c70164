import { useMessages } from '../../i18n/messages.js';
import type { PageProps } from '../../page-props.js';
import { Link, useSearchParams } from '../../router.js';
import { Page } from '../../ui/page.js';
import { ScoreFile } from './score-file.js';
import { scoreMessages } from './score-messages.js';
import { ScoreOne } from './score-one.js';

export default function ScorePage(_: PageProps) {
  const t = useMessages(scoreMessages);
  const [search] = useSearchParams();
  const isFile = search.get('mode') === 'file';
  const current = (chosen: boolean) => (chosen ? { 'aria-current': 'page' as const } : {});
  return (
    <Page title={t.title} intro={t.intro}>
      <nav class="tabs" aria-label={t.mode}>
        <Link to="/score" class="tab" {...current(!isFile)}>
          {t.one}
        </Link>
        <Link to="/score?mode=file" class="tab" {...current(isFile)}>
          {t.file}
        </Link>
      </nav>
      {isFile ? <ScoreFile /> : <ScoreOne />}
    </Page>
  );
}
