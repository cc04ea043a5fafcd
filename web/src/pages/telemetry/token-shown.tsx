import { Alert, Modal, Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Source } from './answers.ts';
import { ConnectSnippets } from './connect/connect-snippets.tsx';

/** The token of a source, this one time, with the configurations that senders need. */
export function TokenShown(props: { listener: Source['listener']; token: string; onClose(): void }) {
  const { listener, token, onClose } = props;
  const { t } = useTranslation();
  return (
    <Modal
      open
      title={t('telemetry.token.title')}
      okText={t('telemetry.token.kept')}
      onOk={onClose}
      onCancel={onClose}
      mask={{ closable: false }}
      footer={(_, { OkBtn }) => <OkBtn />}
    >
      <div className="ta-form">
        <Alert type="warning" showIcon title={t('telemetry.token.once')} />
        <Typography.Text code copyable>
          {token}
        </Typography.Text>
        <div className="ta-quiet">{t('telemetry.connect.copy')}</div>
        <ConnectSnippets listener={listener} token={token} />
      </div>
    </Modal>
  );
}
