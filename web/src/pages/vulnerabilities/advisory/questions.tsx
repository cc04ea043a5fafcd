import { Button, Form, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet, useSend } from '#api/hooks.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Pager } from '#parts/pager.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { LevelTag, StateTag } from '#parts/tags.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { useMay, useSession } from '#shell/session.tsx';
import { LEVEL } from '../answers.ts';
import { ANSWER_TONE, ANSWERS, type Question } from './answers.ts';

const PAGE_SIZE = 20;

/** Questions to units, of one advisory or all that this person sees; people of a unit answer them here. */
export function Questions({ advisory }: { advisory?: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const isUnit = useSession().scope.side === 'unit';
  const [page, setPage] = useState(1);
  const [answering, setAnswering] = useState<Question>();
  const { data, error, refetch } = useGet<Paged<Question>>(
    '/api/vulnerabilities/questions',
    { advisory, page, pageSize: PAGE_SIZE },
    { keepPrevious: true },
  );
  if (error) return <ErrorState error={error} retry={refetch} />;
  if (!data) return <LinesSkeleton rows={4} />;
  if (data.items.length === 0) return <EmptyState title={t('advisory.questionsNone')} />;
  return (
    <>
      <ul className="ta-vuln-findings">
        {data.items.map((question) => (
          <li key={question.id}>
            <div className="ta-vuln-head">
              {question.answer ? (
                <StateTag tone={ANSWER_TONE[question.answer]}>{t(`advisory.answers.${question.answer}`)}</StateTag>
              ) : (
                <StateTag tone="waiting">{t('advisory.waiting')}</StateTag>
              )}
              <strong>{isUnit ? question.title : question.unit.name}</strong>
              <LevelTag level={LEVEL[question.grade] ?? 'low'} text={t(`vulnerabilities.grade.${question.grade}`)} />
              <span className="ta-quiet">
                {question.answeredBy} <TimeText at={question.answeredAt ?? question.askedAt} />
              </span>
              {isUnit && may('vulnerability.answer') && (
                <Button
                  size="small"
                  type={question.answer ? 'default' : 'primary'}
                  onClick={() => setAnswering(question)}
                >
                  {t(question.answer ? 'advisory.resubmit' : 'advisory.submit')}
                </Button>
              )}
            </div>
            {isUnit && (
              <div>{[question.ids.join(' '), question.summary, question.advice].filter(Boolean).join(' · ')}</div>
            )}
            <div className="ta-quiet">
              {t('advisory.assets', { count: question.assetCount })}
              {t('parts.colon')}
              {question.assets.slice(0, 10).join(t('parts.listSeparator'))}
            </div>
            {question.note && <div>{question.note}</div>}
          </li>
        ))}
      </ul>
      <Pager page={page} pageSize={PAGE_SIZE} total={data.total} onPage={setPage} />
      {answering && <AnswerDialog question={answering} onClose={() => setAnswering(undefined)} />}
    </>
  );
}

function AnswerDialog({ question, onClose }: { question: Question; onClose: () => void }) {
  const { t } = useTranslation();
  const [answer, setAnswer] = useState<(typeof ANSWERS)[number]>(question.answer ?? 'not_affected');
  const send = useSend<{ answer: string; note: string }>(
    'POST',
    `/api/vulnerabilities/questions/${question.id}/answer`,
    { invalidate: ['/api/vulnerabilities/questions'], quiet: true },
  );
  return (
    <ConfirmWithReason
      open
      title={question.title}
      consequence={t('advisory.questionsHint')}
      confirmText={t('advisory.submit')}
      reasonRequired={false}
      reasonLabel={t('advisory.answerNote')}
      onConfirm={async (note) => {
        await send.mutateAsync({ answer, note });
        onClose();
      }}
      onCancel={onClose}
    >
      <Form.Item label={t('advisory.answer')}>
        <Radio.Group
          value={answer}
          options={ANSWERS.map((value) => ({ value, label: t(`advisory.answers.${value}`) }))}
          onChange={(event) => setAnswer(event.target.value)}
        />
      </Form.Item>
    </ConfirmWithReason>
  );
}
