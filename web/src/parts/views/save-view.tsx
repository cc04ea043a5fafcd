import { App, Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '../../api/hooks.ts';
import { VIEWS_URL, type View, type Views } from './use-views.ts';

/** Names what the list shows now. */
export function SaveView({ views }: { views: Views }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [name, setName] = useState('');
  const save = useSend<{ list: string; name: string; search: string }, View>('POST', VIEWS_URL, {
    invalidate: [VIEWS_URL],
    onDone: () => {
      setName('');
      void message.success(t('views.saved'));
    },
  });
  if (views.active) return null;
  if (views.search === '') return views.items.length > 0 && <p className="ta-quiet">{t('views.noneNow')}</p>;
  const wanted = name.trim();
  const send = () => {
    if (wanted !== '' && !save.isPending) save.mutate({ list: views.list, name: wanted, search: views.search });
  };
  return (
    <div className="ta-views-save">
      <Input
        maxLength={60}
        placeholder={t('views.nameHint')}
        aria-label={t('views.name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        onPressEnter={send}
      />
      <Button type="primary" disabled={wanted === ''} loading={save.isPending} onClick={send}>
        {t('views.save')}
      </Button>
    </div>
  );
}
