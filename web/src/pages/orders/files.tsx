import { DownloadOutlined, PaperClipOutlined, UploadOutlined } from '@ant-design/icons';
import { App, Button, Upload } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, download } from '#api/client.ts';
import { useErrorText } from '#api/error-text.ts';
import { useInvalidate } from '#api/hooks.ts';
import { useFormat } from '#parts/time.ts';
import { type Attachment, type OrderDetail, READ_AGAIN } from './answers.ts';

const ACCEPT = '.pdf,.docx,.xlsx,.doc,.xls,.wps,.ofd,.png,.jpg,.jpeg,.txt,.log,.csv,.zip';

/** Adds a file to the order at once; what was handed in stays on record. */
export function AddFile({ order }: { order: OrderDetail }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const invalidate = useInvalidate();
  const errorText = useErrorText();
  const [busy, setBusy] = useState(0);
  const send = async (file: File) => {
    setBusy((count) => count + 1);
    try {
      const form = new FormData();
      form.append('file', file);
      await api.post(`/api/orders/${order.id}/attachments`, form);
      await invalidate(READ_AGAIN);
      void message.success(t('orders.files.added', { name: file.name }));
    } catch (error) {
      void message.error(errorText(error), 6);
    } finally {
      setBusy((count) => count - 1);
    }
  };
  return (
    <Upload
      multiple
      accept={ACCEPT}
      showUploadList={false}
      beforeUpload={(file) => {
        void send(file);
        return Upload.LIST_IGNORE;
      }}
    >
      <Button icon={<UploadOutlined />} loading={busy > 0}>
        {t('orders.files.add')}
      </Button>
    </Upload>
  );
}

/** The files of an order with size and hash, each to be downloaded. */
export function FileList({ order, files }: { order: OrderDetail; files: readonly Attachment[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { message } = App.useApp();
  const errorText = useErrorText();
  if (files.length === 0) return <p className="ta-quiet">{t('orders.files.none')}</p>;
  const fetchFile = (file: Attachment) => {
    download(`/api/orders/${order.id}/attachments/${file.sha256}`, {}, file.fileName).catch((error: unknown) => {
      void message.error(errorText(error));
    });
  };
  return (
    <ul className="ta-order-files">
      {files.map((file) => (
        <li key={`${file.sha256} ${file.round}`}>
          <Button type="link" icon={<PaperClipOutlined />} onClick={() => fetchFile(file)}>
            {file.fileName}
          </Button>
          <span className="ta-quiet">
            {t(`orders.files.${file.purpose}`, { round: file.round })} · {format.bytes(file.bytes)} · {file.addedByName}
          </span>
          <code className="ta-quiet" title={t('orders.files.hash')}>
            SHA-256 {file.sha256.slice(0, 16)}…
          </code>
        </li>
      ))}
    </ul>
  );
}

/** The order as a Word document. */
export function PrintButton({ order }: { order: OrderDetail }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const [busy, setBusy] = useState(false);
  const print = async () => {
    setBusy(true);
    try {
      await download(`/api/orders/${order.id}/document`, {}, `${order.title}.docx`);
    } catch (error) {
      void message.error(errorText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button icon={<DownloadOutlined />} loading={busy} onClick={() => void print()}>
      {t('orders.print')}
    </Button>
  );
}
