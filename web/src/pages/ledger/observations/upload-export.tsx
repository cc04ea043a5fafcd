import { Alert, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useInvalidate } from '#api/hooks.ts';
import { FileDrop } from '#parts/file-drop.tsx';
import type { SentAnswer } from './sent.ts';

/** Takes another system's export and says what became of it. */
export function UploadExport({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const invalidate = useInvalidate();
  const [result, setResult] = useState<SentAnswer>();
  const send = async (file: File) => {
    setResult(undefined);
    setResult(await api.post<SentAnswer>('/api/assets/observations', { text: await file.text() }));
    await invalidate(['/api/assets']);
  };
  return (
    <Modal open title={t('observations.upload.title')} footer={null} onCancel={onClose}>
      <p className="ta-quiet">{t('observations.upload.hint')}</p>
      <FileDrop accept=".json,.ndjson,.jsonl,.txt" text={t('observations.upload.drop')} take={send} />
      {result && (
        <Alert
          type={result.leftOut > 0 ? 'warning' : 'success'}
          title={t('observations.upload.done', { ...result })}
          description={
            result.leftOut > 0 && (
              <>
                {t('observations.upload.faults', { count: result.leftOut })}
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
