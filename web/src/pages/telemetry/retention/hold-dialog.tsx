import { App, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useInvalidate } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { MomentInput, SpanInput } from '#parts/moment-input.tsx';
import { useFormat } from '#parts/time.ts';
import { KindSelect, UnitSelect } from '../source-choices.tsx';

type Placed = Answer<'/api/retention/holds', 'post'>;

interface Typed {
  readonly unitPath?: string | undefined;
  readonly kind?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly until?: string | undefined;
  readonly incident: string;
}

/** Keeps events from deletion. */
export function HoldDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const format = useFormat();
  const invalidate = useInvalidate();
  const [typed, setTyped] = useState<Typed>({ incident: '' });
  const change = (part: Partial<Typed>) => setTyped((before) => ({ ...before, ...part }));
  const place = async (reason: string) => {
    const { unitPath = '', kind = '', from = null, to = null, until = null, incident } = typed;
    const typedHold = { unitPath, kind, from, to, until, incident, reason };
    const { events } = await api.post<Placed>('/api/retention/holds', typedHold);
    await invalidate(['/api/retention']);
    if (events === 0) void message.warning(t('retention.coversNothing'));
    else if (events === null) void message.success(t('retention.coversUnknown'));
    else void message.success(t('retention.covers', { count: format.number(events) }));
    onClose();
  };
  return (
    <ConfirmWithReason
      open
      title={t('retention.addHold')}
      consequence={t('retention.holdConsequence')}
      confirmText={t('retention.place')}
      onConfirm={place}
      onCancel={onClose}
    >
      <Form.Item label={t('retention.unit')} required>
        <UnitSelect value={typed.unitPath} onChange={(unitPath) => change({ unitPath })} />
      </Form.Item>
      <Form.Item label={t('retention.kind')}>
        <KindSelect value={typed.kind} onChange={(kind) => change({ kind })} placeholder={t('retention.allKinds')} />
      </Form.Item>
      <Form.Item label={t('retention.span')}>
        <SpanInput
          open
          label={t('retention.span')}
          value={[typed.from, typed.to]}
          onChange={([from, to]) => change({ from, to })}
        />
      </Form.Item>
      <Form.Item label={t('retention.until')}>
        <MomentInput
          label={t('retention.until')}
          placeholder={t('retention.untilReleased')}
          value={typed.until}
          onChange={(until) => change({ until })}
        />
      </Form.Item>
      <Form.Item label={t('retention.incident')}>
        <Input
          maxLength={80}
          aria-label={t('retention.incident')}
          value={typed.incident}
          onChange={({ target }) => change({ incident: target.value })}
        />
      </Form.Item>
    </ConfirmWithReason>
  );
}
