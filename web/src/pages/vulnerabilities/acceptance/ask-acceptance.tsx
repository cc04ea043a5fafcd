import { Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet, useSend } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { DayInput } from '#parts/day-input.tsx';
import { dateText, dayAfter, endOfDay } from '#parts/time.ts';
import type { IssueDetail } from '../answers.ts';

const MONTHS_PROPOSED = 3;
/** The platform asks for as much, so that a request can be understood. */
const WORDS_CHARS_MIN = 4;

/** Asks the supervising unit: why it cannot be mended, what is done instead, until when. */
export function AskAcceptance({ issue, onClose }: { issue: IssueDetail; onClose: () => void }) {
  const { t } = useTranslation();
  const [compensation, setCompensation] = useState('');
  const [today] = useState(() => dateText(Date.now()));
  const { data: policy } = useGet<Answer<'/api/vulnerabilities/policy'>>('/api/vulnerabilities/policy');
  const [chosen, setUntil] = useState<string>();
  // The platform refuses longer ones than the policy allows.
  const months = policy?.policy.acceptanceMonthsMax;
  const latest = months && dayAfter(today, { months, days: -1 });
  const proposed = dayAfter(today, { months: MONTHS_PROPOSED });
  const until = chosen ?? (latest && latest < proposed ? latest : proposed);
  const send = useSend<{ reason: string; compensation: string; expiresAt: string }>(
    'POST',
    `/api/vulnerabilities/${issue.id}/ask_acceptance`,
    { invalidate: ['/api/vulnerabilities', '/api/journal'], quiet: true },
  );
  return (
    <ConfirmWithReason
      open
      title={`${t('acceptance.ask')}${t('parts.colon')}${issue.title}`}
      consequence={months ? t('acceptance.consequence', { months }) : ''}
      confirmText={t('acceptance.ask')}
      reasonLabel={t('acceptance.why')}
      ready={policy !== undefined && compensation.trim().length >= WORDS_CHARS_MIN}
      onConfirm={async (reason) => {
        await send.mutateAsync({ reason, compensation, expiresAt: endOfDay(until) });
        onClose();
      }}
      onCancel={onClose}
    >
      <Form.Item label={t('acceptance.compensation')} required htmlFor="acceptance-compensation">
        <Input.TextArea
          id="acceptance-compensation"
          value={compensation}
          rows={3}
          maxLength={2000}
          onChange={(event) => setCompensation(event.target.value)}
        />
      </Form.Item>
      <Form.Item label={t('acceptance.expiresAt')} required htmlFor="acceptance-until">
        <DayInput
          id="acceptance-until"
          required
          value={until}
          min={dayAfter(today, { days: 1 })}
          {...(latest ? { max: latest } : {})}
          onChange={setUntil}
        />
      </Form.Item>
    </ConfirmWithReason>
  );
}
