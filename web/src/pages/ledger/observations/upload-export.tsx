import { InboxOutlined } from '@ant-design/icons';
import { Alert, Modal, Upload } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useInvalidate } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import type { SentAnswer } from './sent.ts';

/** Takes another system's export and says what became of it. */
export function UploadExport({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const invalidate = useInvalidate();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [result, setResult] = useState<SentAnswer>();
  const send = async (file: File) => {
    setBusy(true);
    setFailure(undefined);
    setResult(undefined);
    try {
      setResult(await api.post<SentAnswer>('/api/assets/observations', { text: await file.text() }));
      await invalidate(['/api/assets']);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal open title={t('observations.upload.title')} footer={null} onCancel={onClose}>
      <p className="ta-quiet">{t('observations.upload.hint')}</p>
      <Upload.Dragger
        accept=".json,.ndjson,.jsonl,.txt"
        maxCount={1}
        showUploadList={false}
        disabled={busy}
        beforeUpload={(file) => {
          void send(file);
          return false;
        }}
      >
        <p className="ant-upload-drag-icon">
          <InboxOutlined />
        </p>
        <p>{t('observations.upload.drop')}</p>
      </Upload.Dragger>
      {failure !== undefined && <ErrorState error={failure} />}
      {result && (
        <Alert
          type={result.faults.length > 0 ? 'warning' : 'success'}
          title={t('observations.upload.done', { ...result })}
          description={
            result.faults.length > 0 && (
              <>
                {t('observations.upload.faults', { count: result.faults.length })}
                <ul>
                  {result.faults.slice(0, 10).map(({ at, message }) => (
                    <li key={at}>
                      {at} {message}
                    </li>
                  ))}
                </ul>
              </>
            )
          }
        />
      )}
    </Modal>
  );
}
