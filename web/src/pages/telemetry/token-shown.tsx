import { Alert, Modal, Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import { CodeView } from '#parts/code-view.tsx';

/** The token of a source, this one time, with the command that tries it. */
export function TokenShown({ token, onClose }: { token: string; onClose(): void }) {
  const { t } = useTranslation();
  const address = window.location.origin;
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
        <div className="ta-quiet">{t('telemetry.token.tryIt')}</div>
        <CodeView
          text={`curl ${address}/ingest -H 'authorization: Bearer ${token}' --data-binary @app.log\nnpm run tongan -- import app.log --url ${address} --token ${token}`}
        />
      </div>
    </Modal>
  );
}
