import { useQuery } from '../../api/use-query.js';
import { useMessages } from '../../i18n/messages.js';
import type { PageProps } from '../../page-props.js';
import { useSearchParams } from '../../router.js';
import { GridScope } from '../../ui/grid-scope.js';
import { NothingYet } from '../../ui/nothing-yet.js';
import { Card, Grid, Page } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { LiveChecks } from './live-checks.js';
import { ModelEvaluation } from './model-evaluation.js';
import { ModelHeader } from './model-header.js';
import { modelsMessages } from './models-messages.js';
import { VersionList } from './version-list.js';

const LIST_HEIGHT = 160;
const DETAILS_HEIGHT = 1400;

export default function ModelsPage(_: PageProps) {
  const t = useMessages(modelsMessages);
  const [search, setSearch] = useSearchParams();
  const versions = useQuery('GET /models', { query: { limit: 200 } });
  const list = versions.data?.items ?? [];
  const wanted = Number(search.get('version'));
  const shown = list.find(({ version }) => version === wanted) ?? list.find(({ production }) => production) ?? list[0];
  const details = useQuery('GET /models/{version}', shown ? { path: { version: shown.version } } : null);
  return (
    <Page title={t.title} intro={t.intro} scope={<GridScope />}>
      <Card title={t.versions} hint={t.versionsHint}>
        <Async query={versions} height={LIST_HEIGHT} empty={<NothingYet what="models" height={LIST_HEIGHT} />}>
          {({ items }) => (
            <VersionList
              versions={items}
              shown={shown?.version}
              onShow={(version) => setSearch({ version: String(version) })}
            />
          )}
        </Async>
      </Card>
      {shown && (
        <Async query={details} height={DETAILS_HEIGHT}>
          {(model) => (
            <Grid>
              <ModelHeader model={model} production={list.find(({ production }) => production)} />
              <LiveChecks model={model} />
              <ModelEvaluation model={model} />
            </Grid>
          )}
        </Async>
      )}
    </Page>
  );
}
