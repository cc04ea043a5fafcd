import { DownloadOutlined } from '@ant-design/icons';
import { App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { download, type Query } from '../../api/client.ts';
import { useErrorText } from '../../api/error-text.ts';
import { useMay } from '../../shell/session.tsx';

/** Keeps a list as a file, with the filters that it has now. */
export function ExportButton({
  url,
  permission,
  query = {},
}: {
  url: string | undefined;
  permission: string | undefined;
  query?: Query;
}) {
  const { t } = useTranslation();
  const may = useMay();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const [busy, setBusy] = useState(false);
  if (!url || (permission && !may(permission))) return null;
  const run = async () => {
    setBusy(true);
    try {
      const { page: _page, pageSize: _pageSize, ...rest } = query;
      await download(url, rest);
    } catch (error) {
      void message.error(errorText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button icon={<DownloadOutlined />} loading={busy} onClick={() => void run()}>
      {t('parts.list.export')}
    </Button>
  );
}
