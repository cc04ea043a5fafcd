import { Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet, useSend } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { useLocal } from '#parts/local.ts';
import type { Asset } from '../answers.ts';
import { useModel } from '../model.ts';

interface Values {
  readonly kind: string;
  readonly toId: string;
  readonly note?: string;
}

/** Says how this asset stands on another. */
export function RelateDialog({ asset, onClose }: { asset: Asset; onClose(): void }) {
  const { t } = useTranslation();
  const local = useLocal();
  const { model } = useModel();
  const [form] = Form.useForm<Values>();
  const [text, setText] = useState('');
  const { data } = useGet<Paged<Asset>>('/api/assets', { text, pageSize: 20 }, { keepPrevious: true });
  const relate = useSend<object>('POST', '/api/assets/relations', {
    invalidate: ['/api/assets'],
    done: t('relations.saved'),
    quiet: true,
    onDone: onClose,
  });
  const required = [{ required: true, message: t('ledger.form.required') }];
  return (
    <Modal
      open
      title={t('relations.add')}
      okText={t('relations.save')}
      okButtonProps={{ loading: relate.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<Values>
        form={form}
        layout="vertical"
        className="ta-form"
        onFinish={(values) => relate.mutate({ fromId: asset.id, note: '', ...values })}
      >
        <Form.Item name="kind" label={`${asset.name} …`} rules={required}>
          <Select
            placeholder={t('relations.kind')}
            options={(model?.relations ?? []).map(({ kind, title }) => ({ value: kind, label: local(title) }))}
          />
        </Form.Item>
        <Form.Item name="toId" label={t('relations.other')} rules={required}>
          <Select
            placeholder={t('relations.searchOther')}
            showSearch={{ filterOption: false, onSearch: setText }}
            options={(data?.items ?? [])
              .filter(({ id }) => id !== asset.id)
              .map(({ id, name, unit }) => ({ value: id, label: `${name} · ${unit.name}` }))}
          />
        </Form.Item>
        <Form.Item name="note" label={t('relations.note')}>
          <Input maxLength={200} />
        </Form.Item>
        {relate.error && <ErrorState error={relate.error} />}
      </Form>
    </Modal>
  );
}
