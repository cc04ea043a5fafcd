import { Alert, Button, Form, Input, Modal, Select, Tag } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet, useSend } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { useFormFaults } from '#parts/form-faults.ts';
import { Section } from '#parts/section.tsx';
import type { Account, RoleRights } from './answers.ts';

const UNIT_ROLES = new Set(['unit_officer', 'unit_leader']);

/** The roles of an account and what they permit, with the means to change them for those who may. */
export function RolesSection({ account, assigns }: { account: Account; assigns: boolean }) {
  const { t } = useTranslation();
  const [assigning, setAssigning] = useState(false);
  const { data } = useGet<{ items: readonly RoleRights[] }>('/api/roles');
  const held = useMemo(() => {
    const permissions = new Set<string>();
    for (const { role, permissions: all } of data?.items ?? []) {
      if (account.roles.includes(role)) for (const permission of all) permissions.add(permission);
    }
    return [...permissions];
  }, [data, account.roles]);
  return (
    <Section
      title={t('identity.user.rights')}
      extra={
        assigns && (
          <Button size="small" type="primary" onClick={() => setAssigning(true)}>
            {t('identity.user.assign')}
          </Button>
        )
      }
    >
      <div className="ta-rights">
        {account.roles.length === 0 && <span className="ta-quiet">{t('identity.noRoles')}</span>}
        {account.roles.map((role) => (
          <Tag key={role} color="processing">
            {t(`shell.role.${role}`)}
          </Tag>
        ))}
      </div>
      {account.roles.length > 0 && (
        <>
          <p className="ta-quiet">{t('identity.user.permissionsTitle')}</p>
          <div className="ta-rights">
            {held.map((permission) => (
              <Tag key={permission}>{t(`rights.${permission}`, { defaultValue: permission })}</Tag>
            ))}
          </div>
        </>
      )}
      <AssignRoles account={account} roles={data?.items ?? []} open={assigning} onClose={() => setAssigning(false)} />
    </Section>
  );
}

interface Typed {
  readonly roles: readonly string[];
  readonly reason?: string;
}

function AssignRoles(props: { account: Account; roles: readonly RoleRights[]; open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const { account, open, onClose } = props;
  const [form] = Form.useForm<Typed>();
  const [failure, setFailure] = useState<unknown>();
  const showFaults = useFormFaults();
  const assign = useSend<Typed>('POST', `/api/users/${account.id}/roles`, {
    invalidate: ['/api/users'],
    done: t('identity.user.assigned'),
    quiet: true,
    onDone: onClose,
  });
  const submit = (typed: Typed) => {
    setFailure(undefined);
    assign.mutate(typed, { onError: (error) => setFailure(showFaults(form, error) ? undefined : error) });
  };
  const options = props.roles
    .filter(({ role }) => UNIT_ROLES.has(role) === (account.unitId !== null))
    .map(({ role }) => ({ value: role, label: t(`shell.role.${role}`) }));
  return (
    <Modal
      open={open}
      title={`${t('identity.user.assign')} · ${account.name}`}
      okText={t('identity.user.assign')}
      confirmLoading={assign.isPending}
      onOk={form.submit}
      onCancel={onClose}
      destroyOnHidden
    >
      <Form<Typed>
        form={form}
        layout="vertical"
        className="ta-form"
        initialValues={{ roles: account.roles }}
        onFinish={submit}
      >
        <Alert type="info" title={t('identity.user.assignNext')} />
        <Form.Item name="roles" label={t('identity.field.roles')}>
          <Select mode="multiple" options={options} />
        </Form.Item>
        <Form.Item name="reason" label={t('identity.user.reason')}>
          <Input maxLength={200} />
        </Form.Item>
        {failure !== undefined && <ErrorState error={failure} />}
      </Form>
    </Modal>
  );
}
