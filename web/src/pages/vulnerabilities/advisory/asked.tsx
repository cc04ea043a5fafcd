import { useTranslation } from 'react-i18next';
import { type Paged, useGet } from '#api/hooks.ts';
import { AskedAlert } from '#parts/asked-alert.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { useFormat } from '#parts/time.ts';
import { useLive } from '#shell/live.ts';
import { useMay, useSession } from '#shell/session.tsx';
import type { Question } from './answers.ts';

/** That the own unit is asked about vulnerabilities of which nobody else can tell, above what waits for it. */
export function QuestionsNotice() {
  const { t } = useTranslation();
  const format = useFormat();
  const may = useMay();
  const isAsked = useSession().scope.side === 'unit' && may('vulnerability.answer');
  const { data, error, refetch } = useGet<Paged<Question>>(isAsked ? '/api/vulnerabilities/questions' : null, {
    open: 'true',
    pageSize: 1,
  });
  useLive('vulnerability_advisory', ['/api/vulnerabilities/questions']);
  if (error && !data) {
    return (
      <div className="ta-asked">
        <ErrorState error={error} retry={refetch} />
      </div>
    );
  }
  if (!data || data.total === 0) return null;
  return (
    <AskedAlert
      title={t('advisory.notice.title', { count: format.number(data.total) })}
      description={t('advisory.notice.hint')}
      to="/vulnerabilities/questions"
      open={t('advisory.notice.open')}
    />
  );
}
