import { Alert, Button, Form, type FormInstance, Input, Result, Steps, TreeSelect } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, api } from '#api/client.ts';
import { useGet, useInvalidate } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { useFormFaults } from '#parts/form-faults.ts';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { useGo } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { EntryPage } from '../entry-page.tsx';

interface Division {
  readonly code: string;
  readonly name: string;
  readonly level: 'region' | 'city' | 'county';
  readonly parentCode: string | null;
}

interface Setup {
  readonly needed: boolean;
  readonly installation: string | null;
  readonly divisions: readonly Division[];
}

const THREE = ['system', 'security', 'audit'] as const;

interface Administrator {
  readonly name: string;
  readonly login: string;
  readonly password: string;
}

interface Typed {
  readonly installation: string;
  readonly divisionCode: string;
  readonly centre: string;
  readonly administrators: Readonly<Record<(typeof THREE)[number], Administrator>>;
}

/** Which fields each step checks before the next one. */
const STEP_FIELDS: readonly (readonly (string | readonly string[])[])[] = [
  ['installation', 'divisionCode', 'centre'],
  THREE.flatMap((key) => ['name', 'login', 'password'].map((field) => ['administrators', key, field])),
  [],
];

function SetupPage() {
  const { t } = useTranslation();
  const go = useGo();
  const { data, error, refetch } = useGet<Setup>('/api/setup');
  const [done, setDone] = useState(false);
  const toSignIn = (
    <Button type="primary" size="large" onClick={() => go('/sign-in')}>
      {t('setup.toSignIn')}
    </Button>
  );
  if (done) return <Ended title={t('setup.done')} button={toSignIn} />;
  if (data && !data.needed) return <Ended title={t('setup.already')} button={toSignIn} />;
  return (
    <EntryPage wide name={t('setup.welcome')}>
      {error && <ErrorState error={error} retry={refetch} />}
      {!data && !error && <LinesSkeleton />}
      {data && <Wizard divisions={data.divisions} onDone={() => setDone(true)} />}
    </EntryPage>
  );
}

const Ended = ({ title, button }: { title: string; button: React.ReactNode }) => (
  <EntryPage>
    <Result status="success" title={title} extra={button} />
  </EntryPage>
);

function Wizard({ divisions, onDone }: { divisions: readonly Division[]; onDone: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Typed>();
  const [step, setStep] = useState(0);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const invalidate = useInvalidate();
  const showFaults = useFormFaults();

  const forward = async () => {
    try {
      await form.validateFields([...(STEP_FIELDS[step] ?? [])] as string[]);
      setStep(step + 1);
    } catch {
      // The fields say what is missing.
    }
  };
  const finish = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      await api.post('/api/setup', form.getFieldsValue(true));
      onDone();
      await invalidate(['/api/setup']);
    } catch (error) {
      const back = error instanceof ApiError && error.faults.some(({ at }) => at.startsWith('/administrators'));
      setStep(back ? 1 : 0);
      if (!showFaults(form, error)) setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Form<Typed> form={form} layout="vertical" requiredMark={false}>
      <p className="ta-quiet">{t('setup.intro')}</p>
      <Steps
        size="small"
        current={step}
        items={(['centre', 'administrators', 'confirm'] as const).map((key) => ({
          title: t(`setup.steps.${key}`),
        }))}
      />
      <br />
      <div hidden={step !== 0}>
        <CentreStep form={form} divisions={divisions} />
      </div>
      <div hidden={step !== 1}>
        <AdministratorsStep />
      </div>
      {step === 2 && <Summary typed={form.getFieldsValue(true)} divisions={divisions} />}
      {failure !== undefined && <ErrorState error={failure} />}
      <div className="ta-entry-buttons">
        <Button disabled={step === 0} onClick={() => setStep(step - 1)}>
          {t('setup.back')}
        </Button>
        {step < 2 ? (
          <Button type="primary" onClick={() => void forward()}>
            {t('setup.next')}
          </Button>
        ) : (
          <Button type="primary" loading={busy} onClick={() => void finish()}>
            {t('setup.finish')}
          </Button>
        )}
      </div>
    </Form>
  );
}

interface Node {
  readonly value: string;
  readonly title: string;
  readonly children: Node[];
}

function CentreStep({ form, divisions }: { form: FormInstance<Typed>; divisions: readonly Division[] }) {
  const { t } = useTranslation();
  const required = { required: true, message: t('identity.signIn.required') };
  const tree = useMemo(() => {
    const nodes = new Map<string, Node>();
    const roots: Node[] = [];
    for (const { code, name, parentCode } of divisions) {
      const node = { value: code, title: name, children: [] };
      nodes.set(code, node);
      (nodes.get(parentCode ?? '')?.children ?? roots).push(node);
    }
    return roots;
  }, [divisions]);
  const suggest = (code: string) => {
    const name = divisions.find((division) => division.code === code)?.name ?? '';
    form.setFieldValue('centre', `${name}一体安全运营中心`);
  };
  return (
    <>
      <Form.Item
        name="installation"
        label={t('setup.installation')}
        extra={t('setup.installationHint')}
        rules={[required, { min: 2, message: t('identity.signIn.required') }]}
      >
        <Input maxLength={60} autoFocus />
      </Form.Item>
      <Form.Item name="divisionCode" label={t('setup.division')} extra={t('setup.divisionHint')} rules={[required]}>
        <TreeSelect
          treeData={tree}
          showSearch={{ treeNodeFilterProp: 'title' }}
          treeDefaultExpandedKeys={tree.map(({ value }) => value)}
          onChange={suggest}
        />
      </Form.Item>
      <Form.Item
        name="centre"
        label={t('setup.centre')}
        rules={[required, { min: 2, message: t('identity.signIn.required') }]}
      >
        <Input maxLength={100} />
      </Form.Item>
    </>
  );
}

function AdministratorsStep() {
  const { t } = useTranslation();
  const required = { required: true, message: t('identity.signIn.required') };
  return (
    <>
      <Alert type="info" title={t('setup.three')} description={t('identity.password.policy')} />
      <br />
      <div className="ta-three">
        {THREE.map((key) => (
          <div key={key}>
            <h3>{t(`shell.role.${key}_admin`)}</h3>
            <p className="ta-quiet">{t(`setup.role.${key}`)}</p>
            <Form.Item
              name={['administrators', key, 'name']}
              label={t('setup.name')}
              rules={[required, { min: 2, message: t('identity.signIn.required') }]}
            >
              <Input maxLength={50} autoComplete="off" />
            </Form.Item>
            <Form.Item
              name={['administrators', key, 'login']}
              label={t('setup.account')}
              rules={[
                required,
                { pattern: /^\s*[A-Za-z0-9][A-Za-z0-9._-]{2,39}\s*$/, message: t('identity.user.accountHint') },
              ]}
            >
              <Input maxLength={40} autoComplete="off" autoCapitalize="off" />
            </Form.Item>
            <Form.Item
              name={['administrators', key, 'password']}
              label={t('setup.password')}
              validateTrigger="onBlur"
              rules={[required, { min: 12, message: t('identity.password.short') }]}
            >
              <Input.Password maxLength={200} autoComplete="new-password" />
            </Form.Item>
          </div>
        ))}
      </div>
    </>
  );
}

function Summary({ typed, divisions }: { typed: Typed; divisions: readonly Division[] }) {
  const { t } = useTranslation();
  const division = divisions.find(({ code }) => code === typed.divisionCode);
  return (
    <>
      <Alert type="info" title={t('setup.summary')} />
      <br />
      <Facts
        facts={[
          { label: t('setup.installation'), value: typed.installation },
          {
            label: t('setup.centre'),
            value: division && `${typed.centre}（${division.name} · ${t(`setup.level.${division.level}`)}）`,
          },
          ...THREE.map((key) => ({
            label: t(`shell.role.${key}_admin`),
            value: `${typed.administrators[key].name} · ${typed.administrators[key].login}`,
          })),
        ]}
      />
    </>
  );
}

export const page: PageDefinition = {
  path: '/setup',
  title: 'identity.setupTitle',
  permission: 'public',
  public: true,
  Page: SetupPage,
};
