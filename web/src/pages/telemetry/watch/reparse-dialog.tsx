import { Checkbox, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet, useSend } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { useLocal } from '#parts/local.ts';
import { SpanInput } from '#parts/moment-input.tsx';
import type { SourceDetail, SourceKinds } from '../answers.ts';

export interface Wrong {
  readonly kind: string;
  readonly sender: string;
}

interface ReparseDialogProps {
  readonly source: SourceDetail;
  /** What is wrong: the kind lines were taken for, and whose lines; '' for all. */
  readonly wrong: Wrong;
  /** Whether the source also sends lines of other kinds. */
  readonly mixed: boolean;
  onClose(): void;
}

interface Wanted {
  from: string;
  to: string;
  wasKind: string;
  asKind: string;
}

const DAY_MS = 86_400_000;
const lastDay = (): readonly [string, string] => {
  const now = Date.now();
  return [new Date(now - DAY_MS).toISOString(), new Date(now).toISOString()];
};

/** Chooses what is read again and as what; the same choice may hold for new lines. */
export function ReparseDialog({ source, wrong, mixed, onClose }: ReparseDialogProps) {
  const { t } = useTranslation();
  const local = useLocal();
  const kinds = useGet<SourceKinds>('/api/sources/kinds');
  const [[from, to], setSpan] = useState<readonly [string, string]>(lastDay);
  const [wasKind, setWasKind] = useState(wrong.kind);
  const [asKind, setAsKind] = useState<string>();
  const ofSender = wrong.sender !== '' && source.listener === 'syslog' && source.sender.includes('/');
  const [future, setFuture] = useState(wrong.kind !== '' && (ofSender || !mixed));
  const change = useSend<object>('PATCH', `/api/sources/${source.id}`, {
    invalidate: ['/api/sources', '/api/journal'],
  });
  const start = useSend<Wanted>('POST', `/api/sources/${source.id}/reparse`, {
    done: t('watch.reparse.started'),
    // What was refused changes nothing for new lines either.
    onDone: () => {
      if (future && asKind !== undefined) {
        const senderKinds = { ...source.senderKinds, [wrong.sender]: asKind };
        change.mutate({ change: ofSender ? { senderKinds } : { kind: asKind } });
      }
      onClose();
    },
    quiet: true,
  });
  const options = (kinds.data?.items ?? []).map(({ id, title }) => ({ value: id, label: local(title) }));
  const run = () => start.mutate({ from, to, wasKind, asKind: asKind ?? '' });
  return (
    <Modal
      open
      title={t('watch.reparse.title')}
      okText={t('watch.reparse.start')}
      confirmLoading={start.isPending}
      onOk={run}
      onCancel={onClose}
      mask={{ closable: false }}
    >
      <div className="ta-form">
        <p className="ta-quiet">{t('watch.reparse.hint')}</p>
        <SpanInput
          label={t('watch.reparse.from')}
          value={[from, to]}
          onChange={([begin, end]) => {
            if (begin && end) setSpan([begin, end]);
          }}
        />
        <div>
          <div className="ta-quiet">{t('watch.reparse.wasKind')}</div>
          <Select
            className="ta-wide"
            aria-label={t('watch.reparse.wasKind')}
            allowClear
            showSearch={{ optionFilterProp: 'label' }}
            value={wasKind === '' ? null : wasKind}
            placeholder={t('watch.reparse.everything')}
            onChange={(value: string | null) => setWasKind(value ?? '')}
            options={[{ value: 'unparsed', label: t('events.unparsed') }, ...options]}
          />
        </div>
        <div>
          <div className="ta-quiet">{t('watch.reparse.asKind')}</div>
          <Select
            className="ta-wide"
            aria-label={t('watch.reparse.asKind')}
            allowClear
            showSearch={{ optionFilterProp: 'label' }}
            value={asKind ?? null}
            placeholder={t('telemetry.sources.byContent')}
            onChange={(value: string | null) => setAsKind(value ?? undefined)}
            options={options}
          />
        </div>
        <Checkbox checked={future} disabled={asKind === undefined} onChange={({ target }) => setFuture(target.checked)}>
          {ofSender ? t('watch.reparse.futureSender', { sender: wrong.sender }) : t('watch.reparse.future')}
        </Checkbox>
        {future && mixed && !ofSender && asKind !== undefined && <p className="ta-quiet">{t('watch.reparse.mixed')}</p>}
        {start.error && <ErrorState error={start.error} />}
      </div>
    </Modal>
  );
}
