import { InboxOutlined } from '@ant-design/icons';
import { Alert, Modal, Result, Upload } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { useFormat } from '#parts/time.ts';
import type { Imported, Source } from './answers.ts';

/** A file of events into a source. */
export function ImportDialog({ source, onClose }: { source: Source; onClose(): void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [file, setFile] = useState<File>();
  const upload = useSend<FormData, Imported>('POST', `/api/sources/${source.id}/import`, {
    invalidate: ['/api/sources'],
    quiet: true,
  });
  const send = () => {
    if (file === undefined) return;
    const form = new FormData();
    form.append('file', file);
    upload.mutate(form);
  };
  const done = upload.data;
  return (
    <Modal
      open
      title={t('telemetry.import.title', { name: source.name })}
      okText={t(done ? 'telemetry.import.close' : 'telemetry.import.run')}
      okButtonProps={{ disabled: file === undefined }}
      confirmLoading={upload.isPending}
      onOk={done ? onClose : send}
      onCancel={onClose}
      mask={{ closable: false }}
    >
      {done ? (
        <Result
          status={done.rejected > 0 ? 'warning' : 'success'}
          title={t('telemetry.import.accepted', { count: done.accepted, total: format.number(done.accepted) })}
          subTitle={done.files.join(', ')}
        >
          {done.rejected > 0 && (
            <Alert type="warning" title={t('telemetry.import.rejected', { count: done.rejected })} />
          )}
        </Result>
      ) : (
        <div className="ta-form">
          <Upload.Dragger
            maxCount={1}
            beforeUpload={(chosen) => {
              setFile(chosen);
              return false;
            }}
            onRemove={() => setFile(undefined)}
          >
            <p>
              <InboxOutlined />
            </p>
            <p>{t('telemetry.import.drop')}</p>
            <p className="ta-quiet">{t('telemetry.import.hint')}</p>
          </Upload.Dragger>
          {upload.error && <ErrorState error={upload.error} />}
        </div>
      )}
    </Modal>
  );
}
