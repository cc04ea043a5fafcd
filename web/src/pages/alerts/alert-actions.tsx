import { DownOutlined } from '@ant-design/icons';
import { App, Button, Dropdown, type MenuProps } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useErrorText } from '#api/error-text.ts';
import { useGet, useInvalidate, useSend } from '#api/hooks.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { useMay, useSession } from '#shell/session.tsx';
import type { AlertDetail } from './answers.ts';
import { CloseDialog } from './close-dialog.tsx';
import { OpenIncident } from './open-incident.tsx';
import { SuppressDialog } from './suppress-dialog.tsx';

const can = (alert: AlertDetail, action: string): boolean => alert.actions.some((move) => move.action === action);

const READ_AGAIN = ['/api/alerts', '/api/journal', '/api/suppressions'];

/** A way to do something with the alert, after which everything about it is read again. */
function useDo(alert: AlertDetail) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const invalidate = useInvalidate();
  return async (path: string, body?: object): Promise<void> => {
    await api.post(`/api/alerts/${alert.id}/${path}`, body);
    await invalidate(READ_AGAIN);
    void message.success(t('alerts.done.changed'));
  };
}

/** The one thing to do next: start triage, then open an incident, or close where one may not. */
export function MainAction({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  const may = useMay();
  const [opening, setOpening] = useState(false);
  const start = useSend('POST', `/api/alerts/${alert.id}/acknowledge`, {
    invalidate: READ_AGAIN,
    done: t('alerts.done.changed'),
  });
  if (can(alert, 'acknowledge')) {
    return (
      <Button type="primary" loading={start.isPending} onClick={() => start.mutate()}>
        {t('alerts.start')}
      </Button>
    );
  }
  if (alert.state !== 'acknowledged' || alert.incidentId !== null || !may('incident.open')) return null;
  return (
    <>
      <Button type="primary" onClick={() => setOpening(true)}>
        {t('alerts.openIncident')}
      </Button>
      {opening && <OpenIncident alertIds={[alert.id]} onClose={() => setOpening(false)} />}
    </>
  );
}

/** Everything else one may do with the alert. */
export function AlertActions({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  const may = useMay();
  const run = useDo(alert);
  const [dialog, setDialog] = useState<'close' | 'reopen' | 'suppress' | 'incident'>();
  const done = () => setDialog(undefined);
  const incident = alert.state === 'new' && alert.incidentId === null && may('incident.open');
  return (
    <>
      {may('alert.assign') && alert.state !== 'closed' && <AssignButton alert={alert} />}
      {may('alert.suppress') && <Button onClick={() => setDialog('suppress')}>{t('alerts.suppress')}</Button>}
      {incident && <Button onClick={() => setDialog('incident')}>{t('alerts.openIncident')}</Button>}
      {can(alert, 'close') && <Button onClick={() => setDialog('close')}>{t('alerts.close')}</Button>}
      {can(alert, 'reopen') && <Button onClick={() => setDialog('reopen')}>{t('alerts.reopen')}</Button>}
      <CloseDialog
        open={dialog === 'close'}
        onCancel={done}
        onConfirm={async (verdict, reason) => {
          await run('close', { verdict, reason });
          done();
        }}
      />
      <ConfirmWithReason
        open={dialog === 'reopen'}
        title={t('alerts.reopen')}
        consequence={t('alerts.reopenConsequence')}
        confirmText={t('alerts.reopen')}
        onCancel={done}
        onConfirm={async (reason) => {
          await run('reopen', { reason });
          done();
        }}
      />
      {dialog === 'suppress' && <SuppressDialog alert={alert} onClose={done} />}
      {dialog === 'incident' && <OpenIncident alertIds={[alert.id]} onClose={done} />}
    </>
  );
}

interface Person {
  readonly id: string;
  readonly name: string;
}

function AssignButton({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { message } = App.useApp();
  const { user } = useSession();
  const run = useDo(alert);
  const [open, setOpen] = useState(false);
  const { data } = useGet<{ items: readonly Person[] }>(open ? `/api/alerts/${alert.id}/assignees` : null);
  const others = (data?.items ?? []).filter(({ id }) => id !== user.id && id !== alert.assignee?.id);
  const items: MenuProps['items'] = [
    ...(alert.assignee?.id === user.id ? [] : [{ key: 'me', label: t('alerts.assignMe') }]),
    ...(alert.assignee === null ? [] : [{ key: '', label: t('alerts.unassign') }]),
    ...others.map(({ id, name }) => ({ key: id, label: name })),
  ];
  const assign = (key: string) => {
    run('assign', { assigneeId: key === '' ? null : key }).catch((error: unknown) => {
      void message.error(errorText(error));
    });
  };
  return (
    <Dropdown trigger={['click']} onOpenChange={setOpen} menu={{ items, onClick: ({ key }) => assign(key) }}>
      <Button icon={<DownOutlined />} iconPlacement="end">
        {t('alerts.assign')}
      </Button>
    </Dropdown>
  );
}
