import type { PipelineView, RunView } from '@ecobalyse/schema';
import { mayActAs, PIPELINE_NAMES } from '@ecobalyse/schema/vocabulary';
import { useEffect, useRef, useState } from 'preact/hooks';
import { openQueueBoard } from '../../api/client.js';
import { isOrchestrator } from '../../api/server.js';
import { useMe } from '../../api/use-me.js';
import { forgetAnswers, useAction, useQuery } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import type { PageProps } from '../../page-props.js';
import { Link, useSearchParams } from '../../router.js';
import { Button } from '../../ui/button.js';
import { Card, Grid, Page } from '../../ui/page.js';
import { Async, ErrorState, Skeleton } from '../../ui/states.js';
import { Durations } from './durations.js';
import { Incidents } from './incidents.js';
import { PipelineCard } from './pipeline-card.js';
import { pipelinesMessages } from './pipelines-messages.js';
import { RunDetails } from './run-details.js';
import { RunDialog } from './run-dialog.js';
import { RunHistory } from './run-history.js';
import { untilNextLook } from './until-next-look.js';
import { newest, useLiveRuns, useNow } from './use-live-runs.js';

/** Of what a card holds. */
const CARD_HEIGHT = 344;
const DETAILS_HEIGHT = 560;
const FIRST_RUNS = 10;
const MOST_RUNS = 200;
const RELOAD_SPACING_MS = 500;
/** What a finished run may have changed. */
const CHANGED_BY_RUNS = ['/stats', '/models', '/impacts', '/product', '/orchestrator'];

/** Calls back shortly after the next scheduled run should have begun: nothing is asked for in the meantime. */
function useNextTick(pipelines: readonly PipelineView[] | undefined, onTick: () => void) {
  const ticks = (pipelines ?? []).flatMap(({ nextTick }) => (nextTick ? [Date.parse(nextTick)] : []));
  const next = Math.min(...ticks);
  useEffect(() => {
    if (!Number.isFinite(next)) return undefined;
    let timer: ReturnType<typeof setTimeout>;
    // An answer that is the same as the one before it draws nothing anew: the next look is not left to it.
    const look = () => {
      timer = setTimeout(
        () => {
          onTick();
          look();
        },
        untilNextLook(next - Date.now()),
      );
    };
    look();
    return () => clearTimeout(timer);
  }, [next]);
}

/** The same, at once the first time and then never more often than twice a second, however many reasons there are. */
function useSpaced(act: () => void): () => void {
  const latest = useRef(act);
  latest.current = act;
  const last = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return () => {
    clearTimeout(timer.current);
    const run = () => {
      last.current = Date.now();
      latest.current();
    };
    const left = last.current + RELOAD_SPACING_MS - Date.now();
    if (left <= 0) run();
    else timer.current = setTimeout(run, left);
  };
}

export default function PipelinesPage(_: PageProps) {
  const { t, v } = useTexts(pipelinesMessages);
  const me = useMe();
  const mayAct = me !== undefined && mayActAs(me.role, 'admin');
  const [search, setSearch] = useSearchParams();
  const [asked, setAsked] = useState<PipelineView | null>(null);
  const [started, setStarted] = useState<string | null>(null);
  const [limit, setLimit] = useState(FIRST_RUNS);
  const filter = { pipeline: search.get('pipeline') ?? '', state: search.get('state') ?? '' };
  const shown = search.get('run');

  const pipelines = useQuery('GET /orchestrator/pipelines', {});
  const history = useQuery('GET /orchestrator/runs', { query: { ...filter, limit } });
  const single = useQuery('GET /orchestrator/runs/{id}', shown === null ? null : { path: { id: shown } });
  const reload = useSpaced(() => forgetAnswers(...CHANGED_BY_RUNS));
  useNextTick(pipelines.data, reload);
  const board = useAction(openQueueBoard);

  const answered = [
    ...(pipelines.data ?? []).flatMap(({ runs }) => runs),
    ...(history.data ?? []),
    ...(single.data ? [single.data] : []),
  ];
  const goingOn = [...new Set(answered.filter(({ state }) => state === 'running').map(({ id }) => id))];
  const live = useLiveRuns(goingOn, reload);
  const now = useNow(goingOn.length > 0);
  const current = (run: RunView) => newest(run, live);
  const detailsBox = useRef<HTMLDivElement>(null);
  const show = (run: string) => {
    setSearch({ run });
    // It may stand far above the list that it was chosen in; it is drawn in the next frame.
    requestAnimationFrame(() => detailsBox.current?.scrollIntoView({ block: 'nearest' }));
  };
  const details = single.data?.id === shown && single.data ? current(single.data) : undefined;
  return (
    <Page
      title={t.title}
      intro={t.intro}
      actions={
        isOrchestrator ? (
          <Button disabled={!mayAct || board.busy} onClick={() => board.run(undefined)}>
            {t.queueBoard}
          </Button>
        ) : (
          <Link to="/versions">{t.versions}</Link>
        )
      }
    >
      {board.error && <ErrorState error={board.error} />}
      {me && !mayAct && <p class="notice">{t.needsAdmin}</p>}
      <p class="visually-hidden" role="status">
        {started && t.started(started)}
      </p>
      {pipelines.data === undefined && !pipelines.error && (
        // One for each pipeline: they stand under each other on a phone.
        <Grid>
          {PIPELINE_NAMES.map((name) => (
            <div key={name} class="card span-4">
              <Skeleton height={CARD_HEIGHT} />
            </div>
          ))}
        </Grid>
      )}
      {(pipelines.data !== undefined || pipelines.error) && (
        <Async query={pipelines} height={CARD_HEIGHT}>
          {(all) => (
            <Grid>
              {all.map((pipeline) => (
                <PipelineCard
                  key={pipeline.name}
                  pipeline={pipeline}
                  last={pipeline.runs[0] && current(pipeline.runs[0])}
                  now={now}
                  mayAct={mayAct}
                  onRun={() => setAsked(pipeline)}
                  onShow={show}
                  onChanged={reload}
                />
              ))}
            </Grid>
          )}
        </Async>
      )}
      <Incidents mayAct={mayAct} />
      <div ref={detailsBox} class="run-details">
        {shown !== null &&
          (details ? (
            <RunDetails key={details.id} run={details} now={now} mayAct={mayAct} onChanged={reload} />
          ) : (
            <Card title={t.timeline}>
              {single.error ? (
                <ErrorState error={single.error} onRetry={single.retry} height={DETAILS_HEIGHT} />
              ) : (
                <Skeleton height={DETAILS_HEIGHT} />
              )}
            </Card>
          ))}
      </div>
      <RunHistory
        query={history}
        current={current}
        pipelines={(pipelines.data ?? []).map(({ name }) => name)}
        filter={filter}
        limit={limit}
        shown={shown}
        now={now}
        onFilter={(change) => setSearch({ ...change })}
        onShow={show}
        onMore={() => setLimit(Math.min(MOST_RUNS, 4 * limit))}
      />
      <Durations shown={filter.pipeline} />
      {asked && (
        <RunDialog
          pipeline={asked}
          onClose={() => setAsked(null)}
          onStarted={(run) => {
            setAsked(null);
            setStarted(v.pipeline(run.pipeline));
            show(run.id);
            reload();
          }}
        />
      )}
    </Page>
  );
}
