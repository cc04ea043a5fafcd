import { Form, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { VERDICTS } from './answers.ts';

interface CloseDialogProps {
  readonly open: boolean;
  /** How many are closed, when more than one. */
  readonly note?: string;
  onConfirm(verdict: (typeof VERDICTS)[number], reason: string): Promise<unknown>;
  onCancel(): void;
}

/** Ends triage: a verdict and why. */
export function CloseDialog({ open, note, onConfirm, onCancel }: CloseDialogProps) {
  const { t } = useTranslation();
  const [verdict, setVerdict] = useState<(typeof VERDICTS)[number]>('true');
  return (
    <ConfirmWithReason
      open={open}
      title={note ? `${t('alerts.closeTitle')} · ${note}` : t('alerts.closeTitle')}
      consequence={t('alerts.closeConsequence')}
      confirmText={t('alerts.close')}
      onConfirm={(reason) => onConfirm(verdict, reason)}
      onCancel={onCancel}
    >
      <Form.Item label={t('alerts.field.verdict')} required>
        <Radio.Group className="ta-verdicts" value={verdict} onChange={({ target }) => setVerdict(target.value)}>
          {VERDICTS.map((value) => (
            <Radio key={value} value={value}>
              {t(`alerts.verdict.${value}`)} <span className="ta-quiet">{t(`alerts.verdictHint.${value}`)}</span>
            </Radio>
          ))}
        </Radio.Group>
      </Form.Item>
    </ConfirmWithReason>
  );
}
