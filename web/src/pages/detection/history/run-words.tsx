import { Progress } from 'antd';
import { useTranslation } from 'react-i18next';
import { useLocal } from '#parts/local.ts';
import { StateTag } from '#parts/tags.tsx';
import type { StateTone } from '#shell/theme.ts';
import type { Run } from './answers.ts';

const TONE: Readonly<Record<Run['state'], StateTone>> = {
  running: 'moving',
  done: 'done',
  stopped: 'waiting',
  failed: 'overdue',
};

export function RunStateTag({ run }: { run: Pick<Run, 'state' | 'stopping'> }) {
  const { t } = useTranslation();
  return <StateTag tone={TONE[run.state]}>{t(`history.state.${run.stopping ? 'stopping' : run.state}`)}</StateTag>;
}

/** Where a run stands, with a bar while it moves. */
export function RunState({ run }: { run: Pick<Run, 'state' | 'stopping' | 'progress'> }) {
  const { t } = useTranslation();
  const percent = Math.floor(run.progress * 100);
  return (
    <span className="ta-run-state">
      <RunStateTag run={run} />
      {run.state === 'running' && (
        <Progress percent={percent} size="small" aria-label={t('history.progress', { percent })} />
      )}
    </span>
  );
}

/** The one rule's title, or how many there are. */
export function RunRules({ run }: { run: Pick<Run, 'only' | 'rules'> }) {
  const { t } = useTranslation();
  const local = useLocal();
  return <>{run.only ? local(run.only) : t('history.ruleCount', { count: run.rules })}</>;
}
