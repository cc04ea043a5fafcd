import { DownOutlined } from '@ant-design/icons';
import { Alert, App, Button, Dropdown, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useInvalidate } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { useFormFaults } from '#parts/form-faults.ts';
import { useLocal } from '#parts/local.ts';
import { useGo } from '#shell/link.tsx';
import { type Move, type OrderDetail, READ_AGAIN } from './answers.ts';
import { AddFile, FileList } from './files.tsx';
import { MOVE_FORMS, MoveFields, type MoveForm } from './move-fields.tsx';

interface Values {
  readonly text?: string;
  readonly closeReason?: string;
  readonly until?: string;
  readonly [field: string]: unknown;
}

/** What goes to the server: the free text under its own name, dates as instants, empty fields left out. */
function bodyOf(form: MoveForm, { text, closeReason, until, files: _files, ...rest }: Values): object {
  const given = Object.fromEntries(
    Object.entries(rest).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  );
  return {
    ...given,
    ...(text ? { [form.text]: text } : {}),
    ...(closeReason ? { reason: closeReason } : {}),
    ...(until ? { until } : {}),
  };
}

interface DialogProps {
  readonly order: OrderDetail;
  readonly move: Move;
  readonly form: MoveForm;
  onClose(): void;
}

/** Says what will happen, asks for what the move needs, and does it. */
function MoveDialog({ order, move, form: shape, onClose }: DialogProps) {
  const { t } = useTranslation();
  const local = useLocal();
  const { message } = App.useApp();
  const invalidate = useInvalidate();
  const showFaults = useFormFaults();
  const [form] = Form.useForm<Values>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();

  const run = async (values: Values) => {
    setBusy(true);
    setFailure(undefined);
    try {
      await api.post(`/api/orders/${order.id}/${move.action}`, bodyOf(shape, values));
      await invalidate(READ_AGAIN);
      void message.success(t('orders.done', { action: local(move.title) }));
      onClose();
    } catch (error) {
      if (!showFaults(form, error)) setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const textRule = shape.textRequired ? [{ required: true, min: 4, message: t('orders.form.reasonNeeded') }] : [];
  const files = order.attachments.filter(({ purpose, round }) => purpose === 'evidence' && round === order.round);
  return (
    <Modal
      open
      title={local(move.title)}
      okText={local(move.title)}
      okButtonProps={{ danger: shape.danger ?? false, loading: busy }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<Values> form={form} layout="vertical" className="ta-form" onFinish={(values) => void run(values)}>
        <Alert type={shape.danger ? 'warning' : 'info'} title={t(`orders.next.${move.action}`)} />
        <MoveFields form={shape} order={order} asked={move.action === 'grant_extension' ? order.extensionDays : null} />
        {shape.fields?.includes('files') && (
          <Form.Item label={t('orders.form.evidence')} extra={t('orders.form.evidenceHint')}>
            <AddFile order={order} />
            <FileList order={order} files={files} />
          </Form.Item>
        )}
        <Form.Item name="text" label={t(`orders.form.text.${shape.text}`)} rules={textRule}>
          <Input.TextArea rows={4} maxLength={4000} showCount />
        </Form.Item>
        {shape.fields?.includes('contractor') && (
          <Form.Item name="contractor" label={t('orders.form.contractor')} extra={t('orders.form.contractorHint')}>
            <Input maxLength={100} />
          </Form.Item>
        )}
        {shape.fields?.includes('closeReason') && (
          <Form.Item name="closeReason" label={t('orders.form.closeReason')} extra={t('orders.form.closeReasonHint')}>
            <Input.TextArea rows={2} maxLength={2000} />
          </Form.Item>
        )}
        {failure !== undefined && <ErrorState error={failure} />}
      </Form>
    </Modal>
  );
}

/** The main button of this person, and everything else behind another one. */
export function useMoves(order: OrderDetail) {
  const { t } = useTranslation();
  const local = useLocal();
  const go = useGo();
  const [chosen, setChosen] = useState<Move>();
  const choose = (move: Move) => {
    if (move.action === 'edit') go(`/orders/new?order=${order.id}`);
    else setChosen(move);
  };
  const main = order.allowed.find((move) => move.main);
  const others = order.allowed.filter((move) => !move.main);
  const [first] = others;
  const blocked = (move: Move): string =>
    move.blocked === null ? '' : t(move.blocked, { ns: 'reasons', keySeparator: false, defaultValue: move.blocked });
  const form = chosen && MOVE_FORMS[chosen.action];
  return {
    mainButton: main && (
      <Button type="primary" size="large" onClick={() => choose(main)}>
        {local(main.title)}
      </Button>
    ),
    otherButtons:
      others.length === 1 && first?.blocked === null ? (
        <Button onClick={() => choose(first)}>{local(first.title)}</Button>
      ) : others.length > 0 ? (
        <Dropdown
          trigger={['click']}
          menu={{
            items: others.map((move) => ({
              key: move.action,
              label: <span title={blocked(move)}>{local(move.title)}</span>,
              disabled: move.blocked !== null,
              danger: MOVE_FORMS[move.action]?.danger ?? false,
              onClick: () => choose(move),
            })),
          }}
        >
          <Button>
            {t('orders.more')} <DownOutlined />
          </Button>
        </Dropdown>
      ) : null,
    dialog: chosen && form && (
      <MoveDialog key={chosen.action} order={order} move={chosen} form={form} onClose={() => setChosen(undefined)} />
    ),
  };
}
