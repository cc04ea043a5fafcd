import { App, Checkbox, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useInvalidate } from '#api/hooks.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { useLocal } from '#parts/local.ts';
import type { AlertDetail } from './answers.ts';

const DAY_MS = 86_400_000;
/** Stands for "no field" in the choice, which shows nothing for an empty value. */
const NO_FIELD = '*';
const DAYS = [1, 7, 30, 90, 365] as const;

/** Keeps detections like those of this alert from raising alerts, for a time. */
export function SuppressDialog({ alert, onClose }: { alert: AlertDetail; onClose(): void }) {
  const { t } = useTranslation();
  const local = useLocal();
  const { message } = App.useApp();
  const invalidate = useInvalidate();
  const matched = [
    ...new Map(alert.events.flatMap(({ matched: hits }) => hits).map((hit) => [hit.field, hit])).values(),
  ];
  const [rule, setRule] = useState(true);
  const [entity, setEntity] = useState(true);
  const [unit, setUnit] = useState(true);
  const [field, setField] = useState('');
  const [value, setValue] = useState('');
  const [days, setDays] = useState<number>(30);

  const create = async (reason: string) => {
    await api.post('/api/suppressions', {
      ...(rule ? { ruleId: alert.ruleId, ruleTitle: local(alert.title) } : {}),
      ...(unit ? { unitPath: alert.eventUnit.path } : {}),
      ...(entity ? { entity: alert.entity } : {}),
      ...(field === '' ? {} : { field: { name: field, value } }),
      reason,
      expiresAt: new Date(Date.now() + days * DAY_MS).toISOString(),
    });
    await invalidate(['/api/suppressions']);
    void message.success(t('alerts.done.suppressed'));
    onClose();
  };
  return (
    <ConfirmWithReason
      open
      danger
      title={t('suppression.formTitle')}
      consequence={t('suppression.consequence')}
      confirmText={t('suppression.confirm')}
      onConfirm={create}
      onCancel={onClose}
    >
      <div className="ta-checks">
        <Checkbox checked={rule} onChange={({ target }) => setRule(target.checked)}>
          {t('suppression.onlyRule', { title: local(alert.title) })}
        </Checkbox>
        <Checkbox checked={entity} onChange={({ target }) => setEntity(target.checked)}>
          {t('suppression.onlyEntity', {
            kind: t(`alerts.entityKind.${alert.entity.kind}`),
            value: alert.entity.value,
          })}
        </Checkbox>
        <Checkbox checked={unit} onChange={({ target }) => setUnit(target.checked)}>
          {t('suppression.onlyUnit', { name: alert.eventUnit.name || alert.eventUnit.path })}
        </Checkbox>
      </div>
      <Form.Item label={t('suppression.onlyField')}>
        <Select
          value={field || NO_FIELD}
          onChange={(chosen: string) => {
            const name = chosen === NO_FIELD ? '' : chosen;
            setField(name);
            setValue(matched.find((hit) => hit.field === name)?.value ?? '');
          }}
          options={[
            { value: NO_FIELD, label: t('suppression.fieldNone') },
            ...matched.map((hit) => ({ value: hit.field, label: hit.field })),
          ]}
        />
        {field !== '' && (
          <Input
            aria-label={t('alerts.value')}
            value={value}
            maxLength={1000}
            onChange={({ target }) => setValue(target.value)}
          />
        )}
      </Form.Item>
      <Form.Item label={t('suppression.days')}>
        <Select
          value={days}
          onChange={setDays}
          options={DAYS.map((count) => ({ value: count, label: t('suppression.daysCount', { count }) }))}
        />
      </Form.Item>
      {!rule && !entity && field === '' && <span className="ta-quiet">{t('suppression.need')}</span>}
    </ConfirmWithReason>
  );
}
