import { App, Button, Form, Input, Modal, Select } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useErrorText } from '#api/error-text.ts';
import { type Paged, useGet, useInvalidate } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import type { BulkAction } from '#parts/list/column.ts';
import { useLocal } from '#parts/local.ts';
import { type Asset, IMPORTANCES, LEVELS } from './answers.ts';
import { useModel } from './model.ts';

interface Values {
  readonly importance?: string;
  readonly protectionLevel?: number;
  readonly supervisedBy?: string;
  readonly operatedBy?: string;
  readonly usedBy?: string;
  readonly responsiblePerson?: string;
  readonly location?: string;
  readonly remark?: string;
  readonly segmentId?: string;
  readonly zone?: string;
}

interface Asked {
  readonly ids: readonly string[];
  done(): void;
  cancelled(): void;
}

/** Sets the same on all chosen assets: the action of the list, and the dialog that asks what. */
export function useBulk(): { readonly bulk: readonly BulkAction<Asset>[]; readonly dialog: ReactNode } {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked>();
  const edit: BulkAction<Asset> = {
    key: 'edit',
    label: t('ledger.bulk.edit'),
    permission: 'asset.manage',
    run: (rows) =>
      new Promise<void>((resolve) => {
        const close = () => {
          setAsked(undefined);
          resolve();
        };
        setAsked({ ids: rows.map(({ id }) => id), done: close, cancelled: close });
      }),
  };
  return { bulk: [edit], dialog: asked && <BulkDialog asked={asked} /> };
}

interface Made {
  readonly id: string;
  readonly changed: number;
}

/** Tells how many were changed, with the way back. */
function useDone(): (made: Made) => void {
  const { t } = useTranslation();
  const { notification, message } = App.useApp();
  const errorText = useErrorText();
  const invalidate = useInvalidate();
  return ({ id, changed }) => {
    const undo = async () => {
      notification.destroy(id);
      try {
        const { undone, kept } = await api.post<{ undone: number; kept: number }>(`/api/assets/bulk/${id}/undo`);
        await invalidate(['/api/assets']);
        void message.success(t(kept > 0 ? 'ledger.bulk.undoneSome' : 'ledger.bulk.undone', { count: undone, kept }));
      } catch (error) {
        void message.error(errorText(error));
      }
    };
    notification.success({
      key: id,
      title: t('ledger.bulk.done', { count: changed }),
      duration: NOTICE_SECONDS,
      actions: changed > 0 && (
        <Button size="small" onClick={() => void undo()}>
          {t('ledger.bulk.undo')}
        </Button>
      ),
    });
  };
}

/** Time enough to look at the list and think again. */
const NOTICE_SECONDS = 20;

function BulkDialog({ asked }: { asked: Asked }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const invalidate = useInvalidate();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const tellDone = useDone();
  const save = async (values: Values) => {
    setBusy(true);
    setFailure(undefined);
    try {
      const set = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''));
      const made = await api.post<Made>('/api/assets/bulk', { assetIds: asked.ids, set });
      await invalidate(['/api/assets']);
      tellDone(made);
      asked.done();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      open
      width={640}
      title={`${t('ledger.bulk.edit')} · ${asked.ids.length}`}
      okText={t('ledger.form.save')}
      okButtonProps={{ loading: busy }}
      onOk={() => form.submit()}
      onCancel={asked.cancelled}
    >
      <Form<Values> form={form} layout="vertical" className="ta-form" onFinish={(values) => void save(values)}>
        <p className="ta-quiet">{t('ledger.bulk.next')}</p>
        <div className="ta-form-row">
          <Form.Item name="importance" label={t('ledger.field.importance')}>
            <Select
              allowClear
              options={IMPORTANCES.map((value) => ({ value, label: t(`ledger.importance.${value}`) }))}
            />
          </Form.Item>
          <Form.Item name="protectionLevel" label={t('ledger.field.protectionLevel')}>
            <Select allowClear options={LEVELS.map((value) => ({ value, label: t(`ledger.level.${value}`) }))} />
          </Form.Item>
        </div>
        <div className="ta-form-row">
          {(['supervisedBy', 'operatedBy', 'usedBy'] as const).map((name) => (
            <Form.Item key={name} name={name} label={t(`ledger.field.${name}`)}>
              <Input maxLength={100} />
            </Form.Item>
          ))}
        </div>
        <Form.Item name="responsiblePerson" label={t('ledger.field.responsiblePerson')}>
          <Input maxLength={50} />
        </Form.Item>
        <Form.Item name="location" label={t('ledger.field.location')}>
          <Input maxLength={200} />
        </Form.Item>
        <NetworkPlace />
        <Form.Item name="remark" label={t('ledger.field.remark')}>
          <Input.TextArea rows={2} maxLength={1000} />
        </Form.Item>
        {failure !== undefined && <ErrorState error={failure} />}
      </Form>
    </Modal>
  );
}

/** The segment that assets lie in, and the zone of segments. */
function NetworkPlace() {
  const { t } = useTranslation();
  const local = useLocal();
  const { attributeOf } = useModel();
  const [text, setText] = useState('');
  const { data } = useGet<Paged<Asset>>(
    '/api/assets',
    { class: 'segment', text: text === '' ? undefined : text, pageSize: 20 },
    { keepPrevious: true },
  );
  const zone = attributeOf('zone');
  return (
    <div className="ta-form-row">
      <Form.Item name="segmentId" label={t('ledger.bulk.segment')}>
        <Select
          allowClear
          showSearch={{ filterOption: false, onSearch: setText }}
          options={(data?.items ?? []).map(({ id, name, segments }) => ({
            value: id,
            label: [name, ...segments.slice(0, 2)].join(' · '),
          }))}
        />
      </Form.Item>
      {zone && (
        <Form.Item name="zone" label={t('ledger.bulk.zone')}>
          <Select
            allowClear
            options={(zone.choices ?? []).map(({ value, title }) => ({ value, label: local(title) }))}
          />
        </Form.Item>
      )}
    </div>
  );
}
