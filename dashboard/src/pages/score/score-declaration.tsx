import type { DeclarationReport } from '@ecobalyse/schema';
import { useState } from 'preact/hooks';
import { ask } from '../../api/client.js';
import { useAnswerAbout } from '../../api/use-answer-about.js';
import { useTexts } from '../../i18n/texts.js';
import { Button } from '../../ui/button.js';
import { DataTable } from '../../ui/data-table.js';
import { Checkbox, Select } from '../../ui/fields.js';
import { endsAs, FileField } from '../../ui/file-field.js';
import { Card, Figure, Grid } from '../../ui/page.js';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.js';
import { declarationMessages } from './declaration-messages.js';
import { formOf, NO_CORRECTIONS } from './file-mapping.js';

const ENDINGS = ['.csv', '.xlsx'];
const RULES = ['may-2026', 'august-2026'] as const;
const VERDICTS = ['accepted', 'refused', 'blocked', 'unchanged'] as const;
const ROWS_SHOWN = 100;

type Row = DeclarationReport['rows'][number];
type Score = NonNullable<Row['scores']>['as_portal'];

const TAGS: Readonly<Record<Row['verdict'], string>> = {
  accepted: 'tag good',
  refused: 'tag bad',
  blocked: 'tag bad',
  unchanged: 'tag',
};

/** Whether there is something to mend, or something that its author should know. */
const isToLookAt = ({ verdict, misread, scores }: Row) =>
  verdict === 'refused' || verdict === 'blocked' || misread.length > 0 || (scores?.difference ?? 0) !== 0;

function Verdicts({ report }: { report: DeclarationReport }) {
  const { t, f } = useTexts(declarationMessages);
  const [areOnlyFaults, setOnlyFaults] = useState(false);
  const [limit, setLimit] = useState(ROWS_SHOWN);
  const { rows, warnings } = report;
  const found = areOnlyFaults ? rows.filter(isToLookAt) : rows;
  const countOf = (verdict: Row['verdict']) => rows.filter((row) => row.verdict === verdict).length;
  const show = (score: Score | undefined) =>
    score === undefined ? '–' : 'ecs' in score ? f.points(score.ecs) : t.noScore(score.refusedField);
  return (
    <Card
      title={t.verdicts}
      hint={t.scoresHint}
      actions={<Checkbox label={t.onlyFaults} checked={areOnlyFaults} onChange={setOnlyFaults} />}
    >
      <dl class="figures">
        {VERDICTS.filter((verdict) => verdict === 'accepted' || countOf(verdict) > 0).map((verdict) => (
          <Figure key={verdict} label={t[`${verdict}Count`]} value={f.integer(countOf(verdict))} />
        ))}
      </dl>
      {countOf('blocked') > 0 && <p class="notice">{t.blockedHint}</p>}
      {warnings.map((warning) => (
        <p key={warning} class="notice">
          {warning}
        </p>
      ))}
      {found.length === 0 ? (
        <EmptyState title={t.allGood} height={120} />
      ) : (
        <DataTable
          caption={t.verdicts}
          columns={[
            { header: t.row, figure: ({ row }) => f.integer(row) },
            { header: t.reference, cell: ({ reference }) => reference || '–' },
            { header: t.verdict, cell: ({ verdict }) => <span class={TAGS[verdict]}>{t[verdict]}</span> },
            {
              header: t.repair,
              cell: ({ errors, misread }) => (
                <>
                  {errors.map(({ path, reason, repair }) => (
                    <p key={[...path, reason].join('.')}>{repair}</p>
                  ))}
                  {misread.map(({ column, text, read_as }) => (
                    <p key={column} class="soft">
                      {t.misread(column, text, f.number(read_as))}
                    </p>
                  ))}
                  {errors.length + misread.length === 0 && '–'}
                </>
              ),
              detail: ({ scores }) => scores && `${t.asPortal} ${show(scores.as_portal)}, ${show(scores.as_given)}`,
            },
            { header: t.asPortal, minor: true, figure: ({ scores }) => show(scores?.as_portal) },
            { header: t.asGiven, minor: true, figure: ({ scores }) => show(scores?.as_given) },
            { header: t.difference, minor: true, figure: ({ scores }) => f.known(scores?.difference, f.points) },
          ]}
          rows={found.slice(0, limit)}
        />
      )}
      {found.length > limit && (
        <Button kind="pager" onClick={() => setLimit(limit + ROWS_SHOWN)}>
          {t.more(f.integer(Math.min(ROWS_SHOWN, found.length - limit)))}
        </Button>
      )}
    </Card>
  );
}

/** Pre-flight of a file of the declaration portal. */
export function ScoreDeclaration() {
  const { t } = useTexts(declarationMessages);
  const [chosen, setChosen] = useState<File>();
  const [rules, setRules] = useState<string>(RULES[0]);
  const file = chosen && endsAs(chosen, ENDINGS) ? chosen : undefined;
  const { answer, error, isLoading, retry } = useAnswerAbout(file, rules, (given, signal) =>
    ask('POST /declaration/check', {
      query: { name: given.name, rules, format: 'json' },
      body: formOf(given, NO_CORRECTIONS),
      signal,
    }),
  );
  return (
    <Grid>
      <Card title={t.check} hint={t.checkIntro}>
        <FileField label={t.choose} hint={t.chooseHint} endings={ENDINGS} file={chosen} onFile={setChosen} />
        <div class="fields choice-fields">
          <Select
            label={t.rules}
            value={rules}
            choices={RULES.map((value) => ({ value, label: t[value] }))}
            onChange={setRules}
          />
        </div>
        {error && <ErrorState error={error} onRetry={retry} />}
        {answer?.file === 'refused' && (
          <div class="notice bad" role="alert">
            <strong>{t.refusedFile}</strong>
            <p>{answer.repair}</p>
          </div>
        )}
      </Card>
      {isLoading && !answer && <Skeleton height={300} />}
      {answer?.file === 'read' && <Verdicts report={answer} />}
    </Grid>
  );
}
