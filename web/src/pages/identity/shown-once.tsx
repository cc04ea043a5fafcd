import { Alert, Modal, Typography } from 'antd';
import { useTranslation } from 'react-i18next';

/** A secret that is shown this one time: it can be copied, and the dialog does not close by a stray click. */
export function ShownOnce(props: { secret: string | undefined; title: string; hint: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      open={props.secret !== undefined}
      title={props.title}
      okText={t('identity.user.done')}
      onOk={props.onClose}
      onCancel={props.onClose}
      mask={{ closable: false }}
      footer={(_, { OkBtn }) => <OkBtn />}
      destroyOnHidden
    >
      <div className="ta-form">
        <Alert type="warning" title={props.hint} />
        <Typography.Text code copyable>
          {props.secret}
        </Typography.Text>
      </div>
    </Modal>
  );
}
