import { DownOutlined } from '@ant-design/icons';
import { App, Button, Dropdown, Form, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { type Paged, useGet, useInvalidate } from '#api/hooks.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { useLocal } from '#parts/local.ts';
import { useGo } from '#shell/link.tsx';
import { useMay } from '#shell/session.tsx';
import { type Incident, type IncidentDetail, type Move, READ_AGAIN } from './answers.ts';
import { GradeDialog } from './grade-dialog.tsx';

const KINDS = ['rectification', 'handling', 'notice'] as const;

/** Everything one may do with an incident: the next move, grading, orders, and the rest. */
export function useMoves(incident: IncidentDetail) {
  const { t } = useTranslation();
  const local = useLocal();
  const may = useMay();
  const [chosen, setChosen] = useState<Move>();
  const [grading, setGrading] = useState(false);
  const over = incident.state === 'closed' || incident.state === 'merged';
  const main = incident.allowed.find((move) => move.main);
  const others = incident.allowed.filter((move) => !move.main);
  return {
    mainButton: main && (
      <Button type="primary" size="large" onClick={() => setChosen(main)}>
        {local(main.title)}
      </Button>
    ),
    otherButtons: (
      <>
        {!over && may('incident.grade') && <Button onClick={() => setGrading(true)}>{t('incidents.grade')}</Button>}
        {!over && may('order.draft') && <OrderButton incident={incident} />}
        {others.length > 0 && (
          <Dropdown
            trigger={['click']}
            menu={{
              items: others.map((move) => ({
                key: move.action,
                label: local(move.title),
                onClick: () => setChosen(move),
              })),
            }}
          >
            <Button>
              {t('incidents.more')} <DownOutlined />
            </Button>
          </Dropdown>
        )}
      </>
    ),
    dialog: (
      <>
        {chosen && <MoveDialog incident={incident} move={chosen} onClose={() => setChosen(undefined)} />}
        {grading && <GradeDialog incident={incident} onClose={() => setGrading(false)} />}
      </>
    ),
  };
}

/** Drafts an order to the unit, filled in from the incident. */
function OrderButton({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation();
  const go = useGo();
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: KINDS.map((kind) => ({
          key: kind,
          label: t(`incidents.order.${kind}`),
          onClick: () => go(`/orders/new?incident=${incident.id}&kind=${kind}`),
        })),
      }}
    >
      <Button>
        {t('incidents.order.button')} <DownOutlined />
      </Button>
    </Dropdown>
  );
}

/** What a move is called at the server: `close` and `merge` want a reason, the others take a note. */
function MoveDialog({ incident, move, onClose }: { incident: IncidentDetail; move: Move; onClose(): void }) {
  const { t } = useTranslation();
  const local = useLocal();
  const { message } = App.useApp();
  const invalidate = useInvalidate();
  const [intoId, setIntoId] = useState<string>();
  const early = move.action === 'close' && (incident.state !== 'resolved' || incident.orders.some(({ open }) => open));
  const run = async (text: string) => {
    const body =
      move.action === 'merge' ? { intoId, reason: text } : move.action === 'close' ? { reason: text } : { note: text };
    await api.post(`/api/incidents/${incident.id}/${move.action}`, body);
    await invalidate(READ_AGAIN);
    void message.success(t('incidents.done', { action: local(move.title) }));
    onClose();
  };
  return (
    <ConfirmWithReason
      open
      title={local(move.title)}
      consequence={t(early ? 'incidents.next.closeEarly' : `incidents.next.${move.action}`)}
      confirmText={local(move.title)}
      reasonRequired={early || move.action === 'merge'}
      reasonLabel={t(early || move.action === 'merge' ? 'incidents.reason' : 'incidents.note')}
      onConfirm={run}
      onCancel={onClose}
    >
      {move.action === 'merge' && (
        <Form.Item label={t('incidents.mergeInto')} required>
          <OtherIncident incident={incident} value={intoId} onChange={setIntoId} />
        </Form.Item>
      )}
    </ConfirmWithReason>
  );
}

const ALIVE = { state: 'alive', pageSize: 100 };

function OtherIncident(props: { incident: Incident; value: string | undefined; onChange(id: string): void }) {
  const { data } = useGet<Paged<Incident>>('/api/incidents', ALIVE);
  const others = (data?.items ?? []).filter(({ id }) => id !== props.incident.id);
  return (
    <Select
      showSearch={{ optionFilterProp: 'label' }}
      value={props.value ?? null}
      onChange={(id: string) => props.onChange(id)}
      options={others.map((other) => ({ value: other.id, label: other.title }))}
    />
  );
}
