import { Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '#api/hooks.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { DayInput } from '#parts/day-input.tsx';
import { dateText, dayAfter, endOfDay } from '#parts/time.ts';
import type { IssueDetail } from '../answers.ts';

const MONTHS_PROPOSED = 3;
/** The platform refuses longer ones. */
const MONTHS_MAX = 12;
/** The platform asks for as much, so that a request can be understood. */
const WORDS_CHARS_MIN = 4;

/** Asks the supervising unit: why it cannot be mended, what is done instead, until when. */
export function AskAcceptance({ issue, onClose }: { issue: IssueDetail; onClose: () => void }) {
  const { t } = useTranslation();
  const [compensation, setCompensation] = useState('');
  const [today] = useState(() => dateText(Date.now()));
  const [until, setUntil] = useState(dayAfter(today, { months: MONTHS_PROPOSED }));
  const send = useSend<{ reason: string; compensation: string; expiresAt: string }>(
    'POST',
    `/api/vulnerabilities/${issue.id}/ask_acceptance`,
    { invalidate: ['/api/vulnerabilities', '/api/journal'], quiet: true },
  );
  return (
    <ConfirmWithReason
      open
      title={`${t('acceptance.ask')}${t('parts.colon')}${issue.title}`}
      consequence={t('acceptance.consequence')}
      confirmText={t('acceptance.ask')}
      reasonLabel={t('acceptance.why')}
      ready={compensation.trim().length >= WORDS_CHARS_MIN}
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
          max={dayAfter(today, { months: MONTHS_MAX, days: -1 })}
          onChange={setUntil}
        />
      </Form.Item>
    </ConfirmWithReason>
  );
}
