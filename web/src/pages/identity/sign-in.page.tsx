import { Alert, Button, Form, Input, type InputRef } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, api } from '#api/client.ts';
import { useErrorText } from '#api/error-text.ts';
import { useGet } from '#api/hooks.ts';
import { absoluteTime } from '#parts/time.ts';
import type { PageDefinition } from '#shell/page.ts';
import { Redirect } from '#shell/redirect.tsx';
import { useSessionState } from '#shell/session.tsx';
import { first, useUrlState } from '#shell/url-state.ts';
import { EntryPage } from './entry-page.tsx';
import { PasswordForm } from './password-form.tsx';

interface Setup {
  readonly needed: boolean;
  readonly installation: string | null;
}

interface Typed {
  readonly account: string;
  readonly password: string;
}

/** Only an address of this console: never another site, whatever the link says. */
const localPath = (path: string | undefined): string => (path && /^\/(?![/\\])/.test(path) ? path : '/');

function SignInPage() {
  const { t } = useTranslation();
  const [url] = useUrlState();
  const { session, refresh } = useSessionState();
  const { data: setup } = useGet<Setup>('/api/setup');
  const [typed, setTyped] = useState<Typed>();
  const next = localPath(first(url.next));
  if (session && !session.mustChangePassword) return <Redirect to={next} />;
  if (setup?.needed) return <Redirect to="/setup" />;
  return (
    <EntryPage name={setup?.installation}>
      {session ? (
        <>
          <div>
            <h2>{t('identity.first.title')}</h2>
            <p className="ta-quiet">{t('identity.first.hint')}</p>
          </div>
          <PasswordForm current={typed?.password} submit={t('identity.first.submit')} onChanged={refresh} />
        </>
      ) : (
        <SignIn onTyped={setTyped} />
      )}
    </EntryPage>
  );
}

/** First name and password, then the one-time code where the account has one. */
function SignIn({ onTyped }: { onTyped: (typed: Typed) => void }) {
  const { refresh } = useSessionState();
  const [asked, setAsked] = useState<Typed>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);

  const send = async (typed: Typed, totp?: string) => {
    setBusy(true);
    setError(undefined);
    try {
      await api.post('/api/session', { ...typed, ...(totp ? { totp } : {}) });
      onTyped(typed);
      await refresh();
    } catch (failure) {
      if (failure instanceof ApiError && failure.reason === 'session.totp_required') setAsked(typed);
      else setError(failure);
    } finally {
      setBusy(false);
    }
  };

  if (asked) {
    const back = () => {
      setAsked(undefined);
      setError(undefined);
    };
    return <CodeStep busy={busy} error={error} onCode={(totp) => void send(asked, totp)} onBack={back} />;
  }
  return <PasswordStep busy={busy} error={error} onTyped={(typed) => void send(typed)} />;
}

function PasswordStep(props: { busy: boolean; error: unknown; onTyped: (typed: Typed) => void }) {
  const { t } = useTranslation();
  const required = { required: true, message: t('identity.signIn.required') };
  return (
    <Form<Typed> layout="vertical" requiredMark={false} onFinish={props.onTyped}>
      <Form.Item name="account" label={t('identity.signIn.account')} rules={[required]}>
        <Input size="large" autoFocus autoComplete="username" autoCapitalize="off" autoCorrect="off" maxLength={100} />
      </Form.Item>
      <Form.Item name="password" label={t('identity.signIn.password')} rules={[required]}>
        <Input.Password size="large" autoComplete="current-password" maxLength={200} />
      </Form.Item>
      <Refusal error={props.error} />
      <Button type="primary" size="large" block htmlType="submit" loading={props.busy}>
        {t('identity.signIn.submit')}
      </Button>
    </Form>
  );
}

const CODE_LENGTH = 6;

function CodeStep(props: { busy: boolean; error: unknown; onCode: (totp: string) => void; onBack: () => void }) {
  const { t } = useTranslation();
  const [recovery, setRecovery] = useState(false);
  const [form] = Form.useForm<{ totp: string }>();
  const input = useRef<InputRef>(null);
  const { error } = props;
  // A wrong code makes room for the next one.
  useEffect(() => {
    if (error === undefined) return;
    form.resetFields();
    input.current?.focus();
  }, [error, form]);
  return (
    <Form<{ totp: string }>
      form={form}
      layout="vertical"
      requiredMark={false}
      onFinish={({ totp }) => props.onCode(totp)}
    >
      <h2>{t('identity.signIn.totpTitle')}</h2>
      <p className="ta-quiet">{t(recovery ? 'identity.signIn.recoveryHint' : 'identity.signIn.totpHint')}</p>
      <Form.Item
        name="totp"
        rules={[{ required: true, message: t('identity.signIn.required') }]}
        label={recovery ? t('identity.signIn.recoveryLabel') : t('identity.field.totp')}
      >
        <Input
          ref={input}
          key={recovery ? 'recovery' : 'totp'}
          size="large"
          autoFocus
          autoComplete="one-time-code"
          inputMode={recovery ? 'text' : 'numeric'}
          maxLength={recovery ? 20 : CODE_LENGTH}
          onChange={(event) => {
            if (!recovery && event.target.value.length === CODE_LENGTH) form.submit();
          }}
        />
      </Form.Item>
      <Refusal error={error} />
      <Button type="primary" size="large" block htmlType="submit" loading={props.busy}>
        {t('identity.signIn.submit')}
      </Button>
      <div className="ta-entry-buttons">
        <Button type="link" onClick={props.onBack}>
          {t('identity.signIn.back')}
        </Button>
        <Button type="link" onClick={() => setRecovery(!recovery)}>
          {t(recovery ? 'identity.signIn.useTotp' : 'identity.signIn.recovery')}
        </Button>
      </div>
    </Form>
  );
}

/** A refusal in plain words; a request id only where something went wrong on the platform's side. */
function Refusal({ error }: { error: unknown }) {
  const { t, i18n } = useTranslation();
  const errorText = useErrorText();
  if (error === undefined) return null;
  const until = error instanceof ApiError && error.reason === 'session.locked' ? error.faults[0]?.message : undefined;
  const locked = until && { time: absoluteTime(until) };
  const reason = (error instanceof ApiError && error.reason) || '';
  const plain = i18n.exists(reason, { ns: 'reasons', keySeparator: false });
  const sentence = plain ? t(reason, { ns: 'reasons', keySeparator: false }) : errorText(error);
  return (
    <Form.Item>
      <Alert
        type={locked ? 'warning' : 'error'}
        role="alert"
        title={locked ? t('identity.signIn.locked', locked) : sentence}
        description={locked && t('identity.signIn.lockedHint')}
      />
    </Form.Item>
  );
}

export const page: PageDefinition = {
  path: '/sign-in',
  title: 'identity.signInTitle',
  permission: 'public',
  public: true,
  Page: SignInPage,
};
