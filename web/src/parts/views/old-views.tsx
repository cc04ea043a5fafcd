import { Alert, App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { useErrorText } from '../../api/error-text.ts';
import { useInvalidate } from '../../api/hooks.ts';
import { readSetting, writeSetting } from '../../shell/settings.ts';
import { VIEWS_URL, type View } from './use-views.ts';

interface OldView {
  readonly name: string;
  readonly search: string;
}

function kept(setting: string): readonly OldView[] {
  try {
    const found: unknown = JSON.parse(readSetting(setting) ?? '[]');
    return Array.isArray(found) ? found.filter((view) => typeof view?.name === 'string') : [];
  } catch {
    return [];
  }
}

/** Views that this browser kept before accounts had them: offered once, then forgotten here. */
export function OldViews({ list, known }: { list: string; known: readonly View[] }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const invalidate = useInvalidate();
  const setting = `list.${list}.views`;
  const [old, setOld] = useState(() => kept(setting));
  const [busy, setBusy] = useState(false);
  const keep = (rest: readonly OldView[]) => {
    setOld(rest);
    writeSetting(setting, JSON.stringify(rest));
  };
  if (old.length === 0) return null;
  const take = async () => {
    setBusy(true);
    try {
      const names = new Set(known.map(({ name }) => name));
      for (const [at, { name, search }] of old.entries()) {
        const body = { list, name: name.slice(0, 60), search: new URLSearchParams(search).toString() };
        if (!names.has(body.name)) await api.post(VIEWS_URL, body);
        keep(old.slice(at + 1));
      }
      void message.success(t('views.old.taken'));
    } catch (error) {
      void message.error(errorText(error), 6);
    } finally {
      setBusy(false);
      await invalidate([VIEWS_URL]);
    }
  };
  return (
    <Alert
      type="info"
      title={t('views.old.text', { count: old.length })}
      description={
        <div className="ta-views-acts">
          <Button size="small" type="primary" loading={busy} onClick={() => void take()}>
            {t('views.old.take')}
          </Button>
          <Button size="small" type="text" disabled={busy} onClick={() => keep([])}>
            {t('views.old.drop')}
          </Button>
        </div>
      }
    />
  );
}
