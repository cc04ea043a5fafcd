import { EllipsisOutlined } from '@ant-design/icons';
import { App, Button, Dropdown, Input, type MenuProps, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '../../api/hooks.ts';
import { useMay, useSession } from '../../shell/session.tsx';
import { VIEWS_URL, type View, type Views } from './use-views.ts';

type Change = { readonly version: number; readonly change: { readonly name?: string; readonly search?: string } };

/** One view: a press shows it; the rest waits behind three dots. */
export function ViewRow({ view, views, onOpen }: { view: View; views: Views; onOpen(): void }) {
  const { t } = useTranslation();
  const [renaming, setRenaming] = useState(false);
  const acts = useViewActs(view, views, () => setRenaming(true));
  if (renaming) return <Rename view={view} onDone={() => setRenaming(false)} />;
  const active = views.active?.id === view.id;
  return (
    <li>
      <button type="button" className="ta-view" aria-current={active ? 'true' : undefined} onClick={onOpen}>
        <span className="ta-view-name">{view.name}</span>
        {views.defaultId === view.id && <Tag>{t('views.begins')}</Tag>}
        {view.own && view.shared && <Tag>{t('views.shared')}</Tag>}
        {!view.own && <small className="ta-quiet">{t('views.by', { name: view.ownerName })}</small>}
      </button>
      <Dropdown trigger={['click']} placement="bottomRight" menu={{ items: acts }}>
        <Button
          type="text"
          size="small"
          aria-label={t('views.more', { name: view.name })}
          icon={<EllipsisOutlined />}
        />
      </Dropdown>
    </li>
  );
}

function useViewActs(view: View, views: Views, rename: () => void): NonNullable<MenuProps['items']> {
  const { t } = useTranslation();
  const may = useMay();
  const { side } = useSession().scope;
  const { modal } = App.useApp();
  const { id, version, name } = view;
  const again = { invalidate: [VIEWS_URL] };
  const begin = useSend<{ list: string; viewId: string | null }>('PUT', `${VIEWS_URL}/default`, again);
  const share = useSend<{ version: number; shared: boolean }>('PUT', `${VIEWS_URL}/${id}/shared`, again);
  const remove = useSend<{ version: number }>('POST', `${VIEWS_URL}/${id}/remove`, again);
  const take = useSend<{ version: number }>('POST', `${VIEWS_URL}/${id}/take`, { ...again, done: t('views.taken') });
  const discard = useSend<{ version: number }>('POST', `${VIEWS_URL}/${id}/discard`, again);
  const replace = useSend<Change>('PATCH', `${VIEWS_URL}/${id}`, { ...again, done: t('views.replaced') });
  const isDefault = views.defaultId === id;
  const askRemoval = () =>
    modal.confirm({
      title: t('views.removeSure', { name }),
      content: t(view.shared ? 'views.removeShared' : 'views.removeOwn'),
      okText: t('views.remove'),
      okButtonProps: { danger: true },
      onOk: () => remove.mutate({ version }),
    });
  const askTake = () =>
    modal.confirm({
      title: t('views.takeSure', { name }),
      content: t('views.takeNext', { owner: view.ownerName }),
      okText: t('views.take'),
      onOk: () => take.mutate({ version }),
    });
  const askDiscard = () =>
    modal.confirm({
      title: t('views.removeSure', { name }),
      content: t('views.discardNext', { owner: view.ownerName }),
      okText: t('views.remove'),
      okButtonProps: { danger: true },
      onOk: () => discard.mutate({ version }),
    });
  const beginning = {
    key: 'begin',
    label: t(isDefault ? 'views.noBegin' : 'views.begin'),
    onClick: () => begin.mutate({ list: views.list, viewId: isDefault ? null : id }),
  };
  if (!view.own && !may('view.take')) return [beginning];
  if (!view.own)
    return [
      beginning,
      { key: 'take', label: t('views.take'), onClick: askTake },
      { key: 'remove', danger: true, label: t('views.remove'), onClick: askDiscard },
    ];
  const elsewhere = views.search !== '' && views.active?.id !== id;
  return [
    beginning,
    { key: 'rename', label: t('views.rename'), onClick: rename },
    {
      key: 'replace',
      label: t('views.replace'),
      disabled: !elsewhere,
      onClick: () => replace.mutate({ version, change: { search: views.search } }),
    },
    ...(may('view.share')
      ? [
          {
            key: 'share',
            label: t(view.shared ? 'views.unshare' : `views.share.${side}`),
            onClick: () => share.mutate({ version, shared: !view.shared }),
          },
        ]
      : []),
    { key: 'remove', danger: true, label: t('views.remove'), onClick: askRemoval },
  ];
}

function Rename({ view, onDone }: { view: View; onDone(): void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(view.name);
  const send = useSend<Change>('PATCH', `${VIEWS_URL}/${view.id}`, { invalidate: [VIEWS_URL], onDone });
  const wanted = name.trim();
  const finish = () => {
    if (wanted === view.name) onDone();
    else if (wanted !== '') send.mutate({ version: view.version, change: { name: wanted } });
  };
  return (
    <li className="ta-view-rename">
      <Input
        autoFocus
        size="small"
        maxLength={60}
        aria-label={t('views.renameTo')}
        value={name}
        disabled={send.isPending}
        onChange={(event) => setName(event.target.value)}
        onPressEnter={finish}
        onKeyDown={(event) => {
          // Ends the renaming alone; the panel stays.
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          onDone();
        }}
      />
      <Button size="small" type="primary" disabled={wanted === ''} onClick={finish}>
        {t('views.rename')}
      </Button>
    </li>
  );
}
