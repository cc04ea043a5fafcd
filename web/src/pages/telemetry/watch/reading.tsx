import { Button, Progress } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { QueryCard } from '#parts/query-card.tsx';
import { StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { useLive } from '#shell/live.ts';
import { useMay } from '#shell/session.tsx';
import type { SourceDetail } from '../answers.ts';
import { useKindName } from '../kind-name.ts';
import { ReparseDialog, type Wrong } from './reparse-dialog.tsx';
import './watch.css';

type Reading = Answer<'/api/sources/{id}/reading'>;

const FIELDS_SHOWN = 24;
const RUN_TONE = { queued: 'waiting', running: 'moving', done: 'done', failed: 'overdue' } as const;

/** How the lines of a source were read: what they were taken for, which fields never came, and reading them again. */
export function ReadingCards({ source }: { source: SourceDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const url = `/api/sources/${source.id}/reading`;
  const answer = useGet<Reading>(url, {}, { refetchIntervalMs: 30_000 });
  useLive('source', [url]);
  const may = useMay()('source.manage');
  const [wrong, setWrong] = useState<Wrong>();
  return (
    <>
      <QueryCard
        title={t('watch.kinds')}
        extra={
          may ? (
            <Button size="small" onClick={() => setWrong({ kind: '', sender: '' })}>
              {t('watch.reparse.button')}
            </Button>
          ) : (
            <span className="ta-quiet">{t('watch.kindsHint')}</span>
          )
        }
        answer={answer}
      >
        {(reading) => (
          <>
            <Kinds reading={reading} {...(may ? { onCorrect: setWrong } : {})} />
            <Runs runs={reading.runs} />
          </>
        )}
      </QueryCard>
      <QueryCard
        title={t('watch.never')}
        answer={answer}
        isEmpty={({ fields }) => fields.length === 0}
        empty={{ title: t(answer.data?.kinds.length ? 'watch.noFields' : 'watch.noKinds') }}
      >
        {(reading) => (
          <>
            <p className="ta-quiet">{t('watch.neverHint', { total: format.number(reading.looked) })}</p>
            {reading.fields.map((fields) => (
              <NeverFilled key={fields.kind} {...fields} />
            ))}
            <p className="ta-quiet">{t('watch.repeats', { total: format.number(reading.repeats) })}</p>
          </>
        )}
      </QueryCard>
      {wrong && (
        <ReparseDialog
          source={source}
          wrong={wrong}
          mixed={answer.data?.kinds.some(({ kind }) => kind !== wrong.kind && kind !== 'unparsed') ?? false}
          onClose={() => setWrong(undefined)}
        />
      )}
    </>
  );
}

interface KindsProps {
  readonly reading: Reading;
  readonly onCorrect?: (wrong: Wrong) => void;
}

function Kinds({ reading, onCorrect }: KindsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const kindName = useKindName();
  if (reading.kinds.length === 0) return <EmptyState title={t('watch.noKinds')} />;
  return (
    <ul className="ta-watch-kinds">
      {reading.kinds.slice(0, 20).map(({ kind, sender, events, problems }) => (
        <li key={`${kind} ${sender}`}>
          <span>
            {kindName(kind)}
            {sender !== '' && <span className="ta-quiet"> {sender}</span>}
          </span>
          <span>
            {format.number(events)} <span className="ta-quiet">{t('watch.events')}</span>
          </span>
          {problems > 0 && (
            <span className="ta-quiet">
              {t('watch.problems')} {format.number(problems)}
            </span>
          )}
          {onCorrect && (
            <Button size="small" type="link" onClick={() => onCorrect({ kind, sender })}>
              {t('watch.correct')}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

function NeverFilled({ kind, never, filled }: Reading['fields'][number]) {
  const { t } = useTranslation();
  const kindName = useKindName();
  const [all, setAll] = useState(false);
  return (
    <>
      <div>
        <strong>{kindName(kind)}</strong>{' '}
        <span className="ta-quiet">
          {never.length === 0 ? t('watch.neverNone') : t('watch.filled', { filled, never: never.length })}
        </span>
      </div>
      <div className="ta-watch-never">
        {never.slice(0, all ? undefined : FIELDS_SHOWN).map((field) => (
          <code key={field}>{field}</code>
        ))}
        {!all && never.length > FIELDS_SHOWN && (
          <Button size="small" type="link" onClick={() => setAll(true)}>
            {t('watch.showAll')}
          </Button>
        )}
      </div>
    </>
  );
}

function Runs({ runs }: { runs: Reading['runs'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (runs.length === 0) return null;
  return (
    <>
      <h3>{t('watch.runs')}</h3>
      <ul className="ta-watch-runs">
        {runs.map((run) => (
          <li key={run.id}>
            <StateTag tone={RUN_TONE[run.state]}>{t(`watch.run.${run.state}`)}</StateTag>
            <span>
              {t('watch.runSaid', {
                done: format.number(run.done),
                total: format.number(run.total),
                changed: format.number(run.changed),
                unparsed: format.number(run.unparsed),
              })}
            </span>
            <span className="ta-quiet">
              {run.askedByName} · <TimeText at={run.createdAt} />
            </span>
            {run.fault !== '' && <span className="ta-quiet">{run.fault}</span>}
            {run.state === 'running' && (
              <Progress percent={run.total === 0 ? 0 : Math.floor((run.done / run.total) * 100)} size="small" />
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
