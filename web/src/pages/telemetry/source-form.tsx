import { Alert, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { useFormFaults } from '#parts/form-faults.ts';
import { hasSender, LISTENERS, SENDER_EXAMPLE, type Source } from './answers.ts';
import { KindSelect, UnitSelect } from './source-choices.tsx';
import type { Knocking } from './watch/turned-away.tsx';

interface Typed {
  readonly name: string;
  readonly unitPath: string;
  readonly listener: (typeof LISTENERS)[number];
  readonly kind?: string;
  readonly sender?: string;
}

type Created = Answer<'/api/sources', 'post'>;

/** Opens a source. Says what comes next before it is done: the token that is shown once, or the address to send to. */
export function SourceForm(props: {
  /** Who is to become a source, where that is known already. */
  knocking?: Knocking | undefined;
  onClose(): void;
  onCreated(created: Created): void;
}) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Typed>();
  const listener = Form.useWatch('listener', form) ?? props.knocking?.listener ?? 'http';
  const [failure, setFailure] = useState<unknown>();
  const showFaults = useFormFaults();
  const create = useSend<Typed, Created>('POST', '/api/sources', {
    invalidate: ['/api/sources'],
    quiet: true,
    onDone: props.onCreated,
  });
  const submit = (typed: Typed) => {
    setFailure(undefined);
    create.mutate(typed, { onError: (error) => setFailure(showFaults(form, error) ? undefined : error) });
  };
  const required = { required: true, message: t('telemetry.sources.required') };
  return (
    <Modal
      open
      title={t('telemetry.sources.create')}
      okText={t('telemetry.sources.create')}
      confirmLoading={create.isPending}
      onOk={form.submit}
      onCancel={props.onClose}
    >
      <Form<Typed>
        form={form}
        layout="vertical"
        className="ta-form"
        initialValues={{
          listener: 'http',
          ...props.knocking,
        }}
        onFinish={submit}
      >
        <Form.Item name="listener" label={t('telemetry.sources.listener')}>
          <Select options={LISTENERS.map((value) => ({ value, label: t(`telemetry.listener.${value}`) }))} />
        </Form.Item>
        <Alert type="info" title={t(`telemetry.sources.next.${listener}`)} />
        <Form.Item name="name" label={t('telemetry.sources.name')} rules={[{ ...required, min: 2 }]}>
          <Input maxLength={100} />
        </Form.Item>
        <UnitField />
        <KindField />
        {hasSender(listener) && (
          <Form.Item
            name="sender"
            label={t(`telemetry.sources.sender.${listener}`)}
            extra={t(`telemetry.sources.senderHint.${listener}`)}
            rules={[required]}
          >
            <Input placeholder={SENDER_EXAMPLE[listener]} maxLength={1000} />
          </Form.Item>
        )}
        {failure !== undefined && <ErrorState error={failure} />}
      </Form>
    </Modal>
  );
}

function UnitField() {
  const { t } = useTranslation();
  return (
    <Form.Item
      name="unitPath"
      label={t('telemetry.sources.unit')}
      extra={t('telemetry.sources.unitHint')}
      rules={[{ required: true, message: t('telemetry.sources.required') }]}
    >
      <UnitSelect />
    </Form.Item>
  );
}

function KindField() {
  const { t } = useTranslation();
  return (
    <Form.Item name="kind" label={t('telemetry.sources.kind')} extra={t('telemetry.sources.kindHint')}>
      <KindSelect placeholder={t('telemetry.sources.byContent')} />
    </Form.Item>
  );
}

/** Changes name, kind and sender of a source. */
export function SourceEditForm({ source, onClose }: { source: Source; onClose(): void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ name: string; kind?: string; sender?: string }>();
  const [failure, setFailure] = useState<unknown>();
  const change = useSend<object, Source>('PATCH', `/api/sources/${source.id}`, {
    invalidate: ['/api/sources'],
    done: t('telemetry.sources.changed'),
    quiet: true,
    onDone: onClose,
  });
  const submit = ({ name, kind, sender }: { name: string; kind?: string; sender?: string }) => {
    setFailure(undefined);
    const body = { name, kind: kind ?? '', ...(hasSender(source.listener) ? { sender: sender ?? '' } : {}) };
    change.mutate({ version: source.version, change: body }, { onError: setFailure });
  };
  return (
    <Modal
      open
      title={t('telemetry.sources.edit')}
      okText={t('telemetry.sources.save')}
      confirmLoading={change.isPending}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        className="ta-form"
        initialValues={{ name: source.name, sender: source.sender, ...(source.kind ? { kind: source.kind } : {}) }}
        onFinish={submit}
      >
        <Form.Item
          name="name"
          label={t('telemetry.sources.name')}
          rules={[{ required: true, min: 2, message: t('telemetry.sources.required') }]}
        >
          <Input maxLength={100} />
        </Form.Item>
        <KindField />
        {hasSender(source.listener) && (
          <Form.Item
            name="sender"
            label={t(`telemetry.sources.sender.${source.listener}`)}
            extra={t(`telemetry.sources.senderHint.${source.listener}`)}
          >
            <Input maxLength={1000} />
          </Form.Item>
        )}
        {failure !== undefined && <ErrorState error={failure} />}
      </Form>
    </Modal>
  );
}
