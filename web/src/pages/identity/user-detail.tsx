import { Alert, App, Button, Checkbox, Form, Input, Modal } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useErrorText } from '#api/error-text.ts';
import { useGet, useInvalidate, useSend } from '#api/hooks.ts';
import { DetailLayout } from '#parts/detail-layout.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { absoluteTime } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { useTrailWords } from '#parts/trail/words.ts';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import { useMay, useSession } from '#shell/session.tsx';
import { AccountState } from './account-state.tsx';
import type { Account } from './answers.ts';
import { RolesSection } from './roles-section.tsx';
import { ShownOnce } from './shown-once.tsx';

/** One account by its id, in the drawer and on its page. */
export function UserCard({ id }: { id: string }) {
  const { data, error, refetch } = useGet<Account>(`/api/users/${id}`);
  useLive('account', [`/api/users/${id}`]);
  if (error) return <ErrorState error={error} retry={refetch} />;
  return data ? <UserView account={data} /> : <PageSkeleton />;
}

function UserView({ account }: { account: Account }) {
  const { t } = useTranslation();
  const words = useTrailWords('identity');
  const may = useMay();
  const { user } = useSession();
  const others = user.id !== account.id;
  return (
    <DetailLayout
      overline={account.home}
      title={account.name}
      tags={<AccountState account={account} />}
      banner={
        account.lockedUntil && (
          <Alert type="warning" title={t('identity.signIn.locked', { time: absoluteTime(account.lockedUntil) })} />
        )
      }
      actions={others && may('user.manage') && <UserActions account={account} />}
      story={<RolesSection account={account} assigns={others && may('role.assign')} />}
      facts={<AccountFacts account={account} />}
      journal={{ type: 'account', id: account.id, words }}
    />
  );
}

function AccountFacts({ account }: { account: Account }) {
  const { t } = useTranslation();
  const home: ReactNode =
    account.unitId === null ? account.home : <AppLink to={`/units/${account.unitId}`}>{account.home}</AppLink>;
  return (
    <Section title={t('identity.field.account')}>
      <Facts
        facts={[
          { label: t('identity.field.account'), value: account.account },
          { label: t('identity.field.home'), value: home },
          { label: t('identity.field.totp'), value: t(account.totpEnabled ? 'identity.on' : 'identity.off') },
          { label: t('identity.field.lastSignInAt'), value: <TimeText at={account.lastSignInAt} /> },
          { label: t('identity.field.createdAt'), value: <TimeText at={account.createdAt} /> },
        ]}
      />
    </Section>
  );
}

function UserActions({ account }: { account: Account }) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const [renaming, setRenaming] = useState(false);
  const [resetting, setResetting] = useState(false);
  const url = `/api/users/${account.id}`;
  const change = useSend<{ state: Account['state'] }>('PATCH', url, {
    invalidate: ['/api/users'],
    done: t('identity.user.renamed'),
  });
  const unlock = useSend('POST', `${url}/unlock`, { invalidate: ['/api/users'], done: t('identity.user.unlocked') });
  const disable = () =>
    modal.confirm({
      title: `${t('identity.user.disable')} · ${account.name}`,
      content: t('identity.user.disableConfirm'),
      okText: t('identity.user.disable'),
      okButtonProps: { danger: true },
      onOk: () => change.mutateAsync({ state: 'disabled' }).catch(() => undefined),
    });
  return (
    <>
      {account.lockedUntil && (
        <Button type="primary" loading={unlock.isPending} onClick={() => unlock.mutate()}>
          {t('identity.user.unlock')}
        </Button>
      )}
      <Button onClick={() => setRenaming(true)}>{t('identity.user.rename')}</Button>
      <Button onClick={() => setResetting(true)}>{t('identity.user.reset')}</Button>
      {account.state === 'active' ? (
        <Button danger onClick={disable}>
          {t('identity.user.disable')}
        </Button>
      ) : (
        <Button loading={change.isPending} onClick={() => change.mutate({ state: 'active' })}>
          {t('identity.user.enable')}
        </Button>
      )}
      <Rename account={account} open={renaming} onClose={() => setRenaming(false)} />
      <Reset account={account} open={resetting} onClose={() => setResetting(false)} />
    </>
  );
}

interface DialogProps {
  readonly account: Account;
  readonly open: boolean;
  onClose(): void;
}

function Rename({ account, open, onClose }: DialogProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ name: string }>();
  const rename = useSend<{ name: string }>('PATCH', `/api/users/${account.id}`, {
    invalidate: ['/api/users'],
    done: t('identity.user.renamed'),
    onDone: onClose,
  });
  return (
    <Modal
      open={open}
      title={t('identity.user.rename')}
      okText={t('identity.user.save')}
      confirmLoading={rename.isPending}
      onOk={form.submit}
      onCancel={onClose}
      destroyOnHidden
    >
      <Form form={form} layout="vertical" initialValues={{ name: account.name }} onFinish={rename.mutate}>
        <Form.Item
          name="name"
          label={t('identity.field.name')}
          rules={[{ required: true, min: 2, message: t('identity.signIn.required') }]}
        >
          <Input maxLength={50} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function Reset({ account, open, onClose }: DialogProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const invalidate = useInvalidate();
  const [withTotp, setWithTotp] = useState(false);
  const [busy, setBusy] = useState(false);
  const [password, setPassword] = useState<string>();
  const reset = async () => {
    setBusy(true);
    try {
      const answer = await api.post<{ password: string }>(`/api/users/${account.id}/reset-password`, { withTotp });
      setPassword(answer.password);
      onClose();
      await invalidate(['/api/users']);
    } catch (error) {
      void message.error(errorText(error), 6);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Modal
        open={open}
        title={`${t('identity.user.reset')} · ${account.name}`}
        okText={t('identity.user.reset')}
        okButtonProps={{ danger: true, loading: busy }}
        onOk={() => void reset()}
        onCancel={onClose}
      >
        <p>{t('identity.user.resetConfirm')}</p>
        {account.totpEnabled && (
          <Checkbox checked={withTotp} onChange={(event) => setWithTotp(event.target.checked)}>
            {t('identity.user.resetTotp')}
          </Checkbox>
        )}
      </Modal>
      <ShownOnce
        secret={password}
        title={t('identity.user.passwordOnce')}
        hint={t('identity.user.passwordOnceHint')}
        onClose={() => setPassword(undefined)}
      />
    </>
  );
}
