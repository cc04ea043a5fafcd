import { Alert, App, Button, Form, Input, Modal, QRCode, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useErrorText } from '#api/error-text.ts';
import { Section } from '#parts/section.tsx';
import { StateTag } from '#parts/tags.tsx';
import { useSession, useSessionState } from '#shell/session.tsx';

interface Secret {
  readonly secret: string;
  readonly uri: string;
}

/** Where the enrolment stands: prove who you are, scan, save the recovery codes. */
type Step = { kind: 'prove' } | ({ kind: 'scan' } & Secret) | { kind: 'codes'; codes: readonly string[] };

/** One-time codes of the own account: switch on in three steps, switch off with the password. */
export function TotpSection() {
  const { t } = useTranslation();
  const { totpEnabled } = useSession();
  const [step, setStep] = useState<Step>();
  const [removing, setRemoving] = useState(false);
  return (
    <Section
      title={t('identity.totp.title')}
      extra={
        <StateTag tone={totpEnabled ? 'done' : 'waiting'}>{t(totpEnabled ? 'identity.on' : 'identity.off')}</StateTag>
      }
    >
      <p className="ta-quiet">{t('identity.totp.what')}</p>
      {totpEnabled ? (
        <Button onClick={() => setRemoving(true)}>{t('identity.totp.disable')}</Button>
      ) : (
        <Button type="primary" onClick={() => setStep({ kind: 'prove' })}>
          {t('identity.totp.enable')}
        </Button>
      )}
      <Enrolment step={step} onStep={setStep} />
      <Removal open={removing} onClose={() => setRemoving(false)} />
    </Section>
  );
}

function Enrolment({ step, onStep }: { step: Step | undefined; onStep: (step: Step | undefined) => void }) {
  const { t } = useTranslation();
  const { refresh } = useSessionState();
  const close = () => onStep(undefined);
  return (
    <Modal
      open={step !== undefined}
      title={step?.kind === 'codes' ? t('identity.totp.codesTitle') : t('identity.totp.enable')}
      footer={null}
      mask={{ closable: false }}
      onCancel={close}
      destroyOnHidden
    >
      {step?.kind === 'prove' && (
        <Ask
          hint={t('identity.totp.prove')}
          label={t('identity.password.current')}
          submit={t('identity.totp.continue')}
          secret
          run={async (password) => {
            const secret = await api.post<Secret>('/api/session/totp/enrol', { password });
            onStep({ kind: 'scan', ...secret });
          }}
        />
      )}
      {step?.kind === 'scan' && (
        <>
          <p>{t('identity.totp.scan')}</p>
          <div className="ta-qr">
            <QRCode type="svg" value={step.uri} size={180} bordered={false} color="#000000" bgColor="#ffffff" />
            <Typography.Text code copyable>
              {step.secret}
            </Typography.Text>
          </div>
          <Ask
            label={t('identity.totp.code')}
            submit={t('identity.totp.confirm')}
            run={async (code) => {
              const { recoveryCodes } = await api.post<{ recoveryCodes: string[] }>('/api/session/totp/confirm', {
                code,
              });
              onStep({ kind: 'codes', codes: recoveryCodes });
              await refresh();
            }}
          />
        </>
      )}
      {step?.kind === 'codes' && (
        <div className="ta-form">
          <Alert type="warning" title={t('identity.totp.codesHint')} />
          <ul className="ta-codes">
            {step.codes.map((code) => (
              <li key={code}>{code}</li>
            ))}
          </ul>
          <Typography.Text copyable={{ text: step.codes.join('\n') }}>{t('parts.copy')}</Typography.Text>
          <Button type="primary" onClick={close}>
            {t('identity.totp.saved')}
          </Button>
        </div>
      )}
    </Modal>
  );
}

function Removal({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const { refresh } = useSessionState();
  const { message } = App.useApp();
  return (
    <Modal open={open} title={t('identity.totp.disable')} footer={null} onCancel={onClose} destroyOnHidden>
      <Ask
        hint={t('identity.totp.disableHint')}
        label={t('identity.password.current')}
        submit={t('identity.totp.disable')}
        secret
        run={async (password) => {
          await api.post('/api/session/totp/remove', { password });
          await refresh();
          void message.success(t('identity.totp.disabled'));
          onClose();
        }}
      />
    </Modal>
  );
}

interface AskProps {
  readonly hint?: string;
  readonly label: string;
  readonly submit: string;
  /** The value is a password. */
  readonly secret?: boolean;
  run(value: string): Promise<void>;
}

/** One field and one button; a refusal stands at the field. */
function Ask({ hint, label, submit, secret = false, run }: AskProps) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [form] = Form.useForm<{ value: string }>();
  const [busy, setBusy] = useState(false);
  const send = async ({ value }: { value: string }) => {
    setBusy(true);
    try {
      await run(value);
    } catch (error) {
      form.setFields([{ name: 'value', errors: [errorText(error)] }]);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Form form={form} layout="vertical" requiredMark={false} className="ta-form" onFinish={(typed) => void send(typed)}>
      {hint && <p className="ta-quiet">{hint}</p>}
      <Form.Item name="value" label={label} rules={[{ required: true, message: t('identity.signIn.required') }]}>
        {secret ? (
          <Input.Password autoFocus autoComplete="current-password" maxLength={200} />
        ) : (
          <Input autoFocus autoComplete="one-time-code" inputMode="numeric" maxLength={10} />
        )}
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={busy}>
        {submit}
      </Button>
    </Form>
  );
}
