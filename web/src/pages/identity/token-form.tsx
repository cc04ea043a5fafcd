import { Alert, Form, Input, InputNumber, Modal, Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet, useSend } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { useFormFaults } from '#parts/form-faults.ts';
import type { Account, RoleRights, Token } from './answers.ts';
import { ShownOnce } from './shown-once.tsx';

interface Typed {
  readonly name: string;
  readonly accountId: string;
  readonly permissions: readonly string[];
  readonly days: number;
  readonly unitPath?: string;
}

interface Made {
  readonly id: string;
  readonly token: string;
}

const DAYS = 90;

/** Makes a token for a program; offers only permissions that the chosen account has. */
export function TokenForm({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Typed>();
  const [text, setText] = useState<string>();
  const [failure, setFailure] = useState<unknown>();
  const showFaults = useFormFaults();
  const make = useSend<Typed, Made>('POST', '/api/tokens', {
    invalidate: ['/api/tokens'],
    quiet: true,
    onDone: ({ token }) => {
      setText(token);
      onClose();
    },
  });
  const submit = ({ unitPath, ...typed }: Typed) => {
    setFailure(undefined);
    make.mutate(unitPath ? { ...typed, unitPath } : typed, {
      onError: (error) => setFailure(showFaults(form, error) ? undefined : error),
    });
  };
  const required = { required: true, message: t('identity.signIn.required') };
  return (
    <>
      <Modal
        open={open}
        title={t('identity.token.create')}
        okText={t('identity.token.create')}
        confirmLoading={make.isPending}
        onOk={form.submit}
        onCancel={onClose}
        destroyOnHidden
      >
        <Form<Typed> form={form} layout="vertical" className="ta-form" initialValues={{ days: DAYS }} onFinish={submit}>
          <Alert type="info" title={t('identity.token.createNext')} />
          <Form.Item name="name" label={t('identity.field.tokenName')} rules={[{ ...required, min: 2 }]}>
            <Input maxLength={60} />
          </Form.Item>
          <AccountAndRights />
          <Form.Item name="days" label={t('identity.field.days')} rules={[required]}>
            <InputNumber min={1} max={366} />
          </Form.Item>
          <Form.Item name="unitPath" label={t('identity.field.path')} extra={t('identity.token.pathHint')}>
            <Input maxLength={200} placeholder="/450000/450100/" />
          </Form.Item>
          {failure !== undefined && <ErrorState error={failure} />}
        </Form>
      </Modal>
      <ShownOnce
        secret={text}
        title={t('identity.token.shown')}
        hint={t('identity.token.createNext')}
        onClose={() => setText(undefined)}
      />
    </>
  );
}

function AccountAndRights() {
  const { t } = useTranslation();
  const form = Form.useFormInstance<Typed>();
  const accountId = Form.useWatch<string | undefined>('accountId');
  const [search, setSearch] = useState('');
  const accounts = useGet<Paged<Account>>(
    '/api/users',
    { search: search || undefined, state: 'active', pageSize: 50 },
    { keepPrevious: true },
  );
  const roles = useGet<{ items: readonly RoleRights[] }>('/api/roles');
  const tokens = useGet<Paged<Token> & { grantable: readonly string[] }>('/api/tokens', { pageSize: 1 });
  const account = accounts.data?.items.find(({ id }) => id === accountId);
  const options = useMemo(() => {
    const held = new Set(
      (roles.data?.items ?? [])
        .filter(({ role }) => account?.roles.includes(role))
        .flatMap(({ permissions }) => permissions),
    );
    return (tokens.data?.grantable ?? [])
      .filter((permission) => held.has(permission))
      .map((value) => ({ value, label: t(`rights.${value}`, { defaultValue: value }) }));
  }, [account, roles.data, tokens.data, t]);
  const required = { required: true, message: t('identity.signIn.required') };
  return (
    <>
      <Form.Item name="accountId" label={t('identity.field.tokenAccount')} rules={[required]}>
        <Select
          showSearch={{ filterOption: false, onSearch: setSearch }}
          loading={accounts.isFetching}
          options={(accounts.data?.items ?? []).map(({ id, name, home }) => ({
            value: id,
            label: `${name} · ${home}`,
          }))}
          onChange={() => form.setFieldValue('permissions', [])}
        />
      </Form.Item>
      <Form.Item name="permissions" label={t('identity.field.permissions')} rules={[required]}>
        <Select mode="multiple" disabled={!account} options={options} showSearch={{ optionFilterProp: 'label' }} />
      </Form.Item>
    </>
  );
}
