import { Form, Radio, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useInvalidate } from '#api/hooks.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { useGo } from '#shell/link.tsx';
import { RUNS_URL, runPath } from './answers.ts';

const DAY_MS = 86_400_000;
const DAYS = [1, 7, 30, 90, 180] as const;

interface StartRunProps {
  /** A single rule; else the reader chooses between all and the new ones. */
  readonly rule?: { readonly id: string; readonly title: string };
  /** Ids of rules that are new or changed. */
  readonly fresh?: readonly string[];
  onClose(): void;
}

/** Asks which rules shall be run over which past, and why; then shows the run. */
export function StartRun({ rule, fresh = [], onClose }: StartRunProps) {
  const { t } = useTranslation();
  const invalidate = useInvalidate();
  const go = useGo();
  const [which, setWhich] = useState<'all' | 'fresh'>(fresh.length > 0 ? 'fresh' : 'all');
  const [days, setDays] = useState<number>(7);
  const [raises, setRaises] = useState(true);

  const start = async (reason: string) => {
    const now = Date.now();
    const ruleIds = rule ? [rule.id] : which === 'fresh' ? fresh : undefined;
    const { id } = await api.post<{ id: string }>(RUNS_URL, {
      ...(ruleIds ? { ruleIds } : {}),
      from: new Date(now - days * DAY_MS).toISOString(),
      to: new Date(now).toISOString(),
      reason,
      raises,
    });
    await invalidate([RUNS_URL]);
    onClose();
    go(runPath(id));
  };
  return (
    <ConfirmWithReason
      open
      title={t('history.startTitle')}
      consequence={t('history.startConsequence')}
      confirmText={t('history.startConfirm')}
      onConfirm={start}
      onCancel={onClose}
    >
      <Form.Item label={t('history.which')}>
        {rule ? (
          t('history.one', { title: rule.title })
        ) : (
          <Radio.Group
            value={which}
            onChange={({ target }) => setWhich(target.value)}
            options={[
              ...(fresh.length > 0 ? [{ value: 'fresh', label: t('history.fresh', { count: fresh.length }) }] : []),
              { value: 'all', label: t('history.all') },
            ]}
          />
        )}
      </Form.Item>
      <Form.Item label={t('history.span')}>
        <Select
          value={days}
          onChange={setDays}
          aria-label={t('history.span')}
          options={DAYS.map((count) => ({ value: count, label: t('history.days', { count }) }))}
        />
      </Form.Item>
      <Form.Item>
        <Radio.Group
          value={raises}
          onChange={({ target }) => setRaises(target.value)}
          options={[
            { value: true, label: t('history.raises') },
            { value: false, label: t('history.countsOnly') },
          ]}
        />
      </Form.Item>
    </ConfirmWithReason>
  );
}
