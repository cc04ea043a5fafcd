import { InboxOutlined } from '@ant-design/icons';
import { Upload } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorState } from './error-state.tsx';

/**
 * Hands files over one at a time.
 *
 * @param take what becomes of a file; what it throws is the failure, until the next one
 */
export function useTakingFiles(take: (file: File) => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const hand = async (file: File) => {
    setBusy(true);
    setFailure(undefined);
    try {
      await take(file);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  // The file is handed over here and not by the library's own request.
  const beforeUpload = (file: File): boolean => {
    void hand(file);
    return false;
  };
  return { busy, failure, beforeUpload };
}

interface FileDropProps {
  /** Endings, such as `.csv,.xlsx`; without them any file. */
  readonly accept?: string;
  readonly text: string;
  readonly hint?: string;
  take(file: File): Promise<void>;
  /** What stands between the place and its failure. */
  readonly children?: ReactNode;
}

/** A place for one file, which is taken as soon as it is there. */
export function FileDrop({ accept, text, hint, take, children }: FileDropProps) {
  const { t } = useTranslation();
  const { busy, failure, beforeUpload } = useTakingFiles(take);
  return (
    <>
      <Upload.Dragger
        {...(accept === undefined ? {} : { accept })}
        maxCount={1}
        showUploadList={false}
        disabled={busy}
        beforeUpload={beforeUpload}
      >
        <p className="ant-upload-drag-icon">
          <InboxOutlined />
        </p>
        <p>{busy ? t('parts.loading') : text}</p>
        {hint !== undefined && <p className="ta-quiet">{hint}</p>}
      </Upload.Dragger>
      {children}
      {failure !== undefined && (
        <div className="ta-drop-failure">
          <ErrorState error={failure} />
        </div>
      )}
    </>
  );
}
