import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, api } from '#api/client.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { useFormFaults } from '#parts/form-faults.ts';

const LENGTH_MIN = 12;

interface Typed {
  readonly current?: string;
  /** Named as the server's faults name it. */
  readonly password: string;
  readonly again: string;
}

interface PasswordFormProps {
  /** Known from the sign-in a moment ago, then it is not asked for again. */
  readonly current?: string | undefined;
  readonly submit: string;
  /** The session was renewed: read it again. */
  onChanged(): Promise<unknown>;
}

/** Changes the own password. Length is checked while typing, the rest by the server, each fault with its sentence. */
export function PasswordForm({ current, submit, onChanged }: PasswordFormProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Typed>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const showFaults = useFormFaults();

  const send = async (typed: Typed) => {
    setBusy(true);
    setFailure(undefined);
    try {
      await api.post('/api/session/password', { current: typed.current ?? current, next: typed.password });
      form.resetFields();
      await onChanged();
    } catch (error) {
      if (error instanceof ApiError && error.reason === 'password.wrong' && current === undefined) {
        form.setFields([{ name: 'current', errors: [t('identity.password.wrong')] }]);
      } else if (!showFaults(form, error)) setFailure(error);
    } finally {
      setBusy(false);
    }
  };

  const required = { required: true, message: t('identity.signIn.required') };
  return (
    <Form<Typed> form={form} layout="vertical" requiredMark={false} onFinish={(typed) => void send(typed)}>
      {current === undefined && (
        <Form.Item name="current" label={t('identity.password.current')} rules={[required]}>
          <Input.Password autoComplete="current-password" maxLength={200} />
        </Form.Item>
      )}
      <Form.Item
        name="password"
        label={t('identity.password.next')}
        extra={t('identity.password.policy')}
        validateTrigger="onBlur"
        rules={[required, { min: LENGTH_MIN, message: t('identity.password.short') }]}
      >
        <Input.Password autoComplete="new-password" maxLength={200} />
      </Form.Item>
      <Form.Item
        name="again"
        label={t('identity.password.again')}
        dependencies={['password']}
        rules={[
          required,
          ({ getFieldValue }) => ({
            validator: (_, value: string | undefined) =>
              !value || value === getFieldValue('password')
                ? Promise.resolve()
                : Promise.reject(new Error(t('identity.password.different'))),
          }),
        ]}
      >
        <Input.Password autoComplete="new-password" maxLength={200} />
      </Form.Item>
      {failure !== undefined && <ErrorState error={failure} />}
      <Button type="primary" htmlType="submit" loading={busy} block={current !== undefined}>
        {submit}
      </Button>
    </Form>
  );
}
