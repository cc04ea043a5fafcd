import { Alert, Form, Input, Modal } from 'antd';
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorState } from './error-state.tsx';

interface ConfirmWithReasonProps {
  readonly open: boolean;
  readonly title: string;
  /** What will happen, before it happens. */
  readonly consequence: ReactNode;
  /** The verb: 撤销工单. */
  readonly confirmText: string;
  readonly danger?: boolean;
  /** Default true: at least two characters. */
  readonly reasonRequired?: boolean;
  readonly reasonLabel?: string;
  /** Nothing is recorded but the act itself: no reason is asked for. */
  readonly withoutReason?: boolean;
  /** The other fields hold what the act needs. Default true. */
  readonly ready?: boolean;
  /** More fields above the reason. */
  readonly children?: ReactNode;
  onConfirm(reason: string): Promise<unknown>;
  onCancel(): void;
}

const REASON_CHARS_MIN = 2;
const REASON_CHARS_MAX = 500;

/** Asks for a reason before an act that is recorded with it. A refusal of the server is shown in place. */
export function ConfirmWithReason(props: ConfirmWithReasonProps) {
  const { t } = useTranslation();
  const reasonId = useId();
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const required = !props.withoutReason && (props.reasonRequired ?? true);
  const short = required && reason.trim().length < REASON_CHARS_MIN;

  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await props.onConfirm(reason.trim());
      setReason('');
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      open={props.open}
      title={props.title}
      okText={props.confirmText}
      okButtonProps={{ danger: props.danger ?? false, disabled: short || props.ready === false, loading: busy }}
      onOk={() => void confirm()}
      onCancel={() => {
        // What was refused of this one says nothing of the next that is asked about.
        setError(undefined);
        props.onCancel();
      }}
      destroyOnHidden
    >
      <Form layout="vertical" className="ta-form">
        <Alert type={props.danger ? 'warning' : 'info'} title={props.consequence} />
        {props.children}
        {!props.withoutReason && (
          <Form.Item label={props.reasonLabel ?? t('parts.reason.label')} htmlFor={reasonId} required={required}>
            <Input.TextArea
              id={reasonId}
              value={reason}
              rows={3}
              showCount
              maxLength={REASON_CHARS_MAX}
              placeholder={t('parts.reason.placeholder')}
              onChange={(event) => setReason(event.target.value)}
            />
          </Form.Item>
        )}
        {error !== undefined && <ErrorState error={error} />}
      </Form>
    </Modal>
  );
}
