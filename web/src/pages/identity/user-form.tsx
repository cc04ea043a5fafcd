import { Alert, Form, Input, Modal, Radio, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet, useSend } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { useFormFaults } from '#parts/form-faults.ts';
import type { Account } from './answers.ts';
import { ShownOnce } from './shown-once.tsx';

interface Typed {
  readonly side: 'unit' | 'centre';
  readonly login: string;
  readonly name: string;
  readonly unitId?: string;
  readonly centreId?: string;
}

/** Opens an account for a person of a unit or of a centre, and shows its first password once. */
export function UserForm({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Typed>();
  const side = Form.useWatch('side', form);
  const [failure, setFailure] = useState<unknown>();
  const [password, setPassword] = useState<string>();
  const showFaults = useFormFaults();
  const create = useSend<Omit<Typed, 'side'>, { user: Account; password: string }>('POST', '/api/users', {
    invalidate: ['/api/users'],
    quiet: true,
    onDone: (answer) => {
      setPassword(answer.password);
      onClose();
    },
  });
  const submit = ({ side: _side, ...typed }: Typed) => {
    setFailure(undefined);
    create.mutate(typed, { onError: (error) => setFailure(showFaults(form, error) ? undefined : error) });
  };
  const required = { required: true, message: t('identity.signIn.required') };
  return (
    <>
      <Modal
        open={open}
        title={t('identity.user.create')}
        okText={t('identity.user.save')}
        confirmLoading={create.isPending}
        onOk={form.submit}
        onCancel={onClose}
        destroyOnHidden
      >
        <Form<Typed>
          form={form}
          layout="vertical"
          className="ta-form"
          initialValues={{ side: 'unit' }}
          onFinish={submit}
        >
          <Alert type="info" title={t('identity.user.createNext')} />
          <Form.Item name="name" label={t('identity.field.name')} rules={[{ ...required, min: 2 }]}>
            <Input maxLength={50} autoComplete="off" />
          </Form.Item>
          <Form.Item
            name="login"
            label={t('identity.field.account')}
            extra={t('identity.user.accountHint')}
            rules={[
              required,
              { pattern: /^\s*[A-Za-z0-9][A-Za-z0-9._-]{2,39}\s*$/, message: t('identity.user.accountHint') },
            ]}
          >
            <Input maxLength={40} autoComplete="off" autoCapitalize="off" />
          </Form.Item>
          <Form.Item name="side" label={t('identity.user.side')}>
            <Radio.Group
              optionType="button"
              options={[
                { value: 'unit', label: t('identity.user.sideUnit') },
                { value: 'centre', label: t('identity.user.sideCentre') },
              ]}
            />
          </Form.Item>
          {side === 'centre' ? <CentreSelect /> : <UnitSelect />}
          {failure !== undefined && <ErrorState error={failure} />}
        </Form>
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

interface Named {
  readonly id: string;
  readonly name: string;
}

function UnitSelect() {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const { data, isFetching } = useGet<Paged<Named>>(
    '/api/units',
    { search, state: 'active', pageSize: 20 },
    { keepPrevious: true },
  );
  return (
    <Form.Item
      name="unitId"
      label={t('identity.user.unit')}
      rules={[{ required: true, message: t('identity.signIn.required') }]}
    >
      <Select
        showSearch={{ filterOption: false, onSearch: setSearch }}
        loading={isFetching}
        options={(data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
      />
    </Form.Item>
  );
}

function CentreSelect() {
  const { t } = useTranslation();
  const { data } = useGet<{ items: readonly Named[] }>('/api/centres');
  return (
    <Form.Item
      name="centreId"
      label={t('identity.user.centre')}
      rules={[{ required: true, message: t('identity.signIn.required') }]}
    >
      <Select options={(data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))} />
    </Form.Item>
  );
}
