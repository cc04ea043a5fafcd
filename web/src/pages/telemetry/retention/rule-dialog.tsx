import { Form, InputNumber } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useInvalidate } from '#api/hooks.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { KindSelect, UnitSelect } from '../source-choices.tsx';

const DAYS_MAX = 3650;

/** Sets how long events of a unit and kind are kept; below the legal minimum it asks for the ground. */
export function RuleDialog(props: { defaultDays: number; legalDaysMin: number; onClose(): void }) {
  const { t } = useTranslation();
  const invalidate = useInvalidate();
  const [unitPath, setUnitPath] = useState<string>();
  const [kind, setKind] = useState<string>();
  const [days, setDays] = useState(props.defaultDays);
  const isShort = days < props.legalDaysMin;
  const legal = { days: props.legalDaysMin };
  const set = async (overrideReason: string) => {
    await api.put('/api/retention/rules', { unitPath: unitPath ?? '', kind: kind ?? '', days, overrideReason });
    await invalidate(['/api/retention']);
    props.onClose();
  };
  return (
    <ConfirmWithReason
      open
      danger={isShort}
      title={t('retention.addRule')}
      consequence={isShort ? t('retention.shortConsequence', legal) : t('retention.ruleConsequence')}
      confirmText={t('retention.setRule')}
      reasonRequired={isShort}
      reasonLabel={isShort ? t('retention.shortReason', legal) : t('retention.note')}
      onConfirm={set}
      onCancel={props.onClose}
    >
      <Form.Item label={t('retention.unit')} required>
        <UnitSelect value={unitPath} onChange={setUnitPath} />
      </Form.Item>
      <Form.Item label={t('retention.kind')}>
        <KindSelect value={kind} onChange={setKind} placeholder={t('retention.allKinds')} />
      </Form.Item>
      <Form.Item label={t('retention.days')} required>
        <InputNumber
          aria-label={t('retention.days')}
          min={1}
          max={DAYS_MAX}
          precision={0}
          value={days}
          onChange={(value) => setDays(value ?? props.defaultDays)}
        />
      </Form.Item>
    </ConfirmWithReason>
  );
}
