import {
  BulbOutlined,
  GlobalOutlined,
  LogoutOutlined,
  MenuFoldOutlined,
  MenuOutlined,
  MenuUnfoldOutlined,
  SearchOutlined,
  UserOutlined,
} from '@ant-design/icons';
import { Button, Dropdown, Layout, Tooltip } from 'antd';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseLanguage } from './i18n.ts';
import { AppLink } from './link.tsx';
import { type LiveState, useLiveState } from './live.ts';
import { ACCOUNT_PATH } from './menu.ts';
import { useSession, useSessionState } from './session.tsx';
import { type ModeChoice, useThemeState } from './theme-provider.tsx';

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }));

interface HeaderBarProps {
  readonly wide: boolean;
  readonly collapsed: boolean;
  /** Opens or folds the menu; absent where there is nothing to open. */
  readonly onMenu: (() => void) | undefined;
}

export function HeaderBar({ wide, collapsed, onMenu }: HeaderBarProps) {
  const { t } = useTranslation();
  const label = wide ? t(collapsed ? 'shell.menuExpand' : 'shell.menuCollapse') : t('shell.menuOpen');
  const icon = wide ? collapsed ? <MenuUnfoldOutlined /> : <MenuFoldOutlined /> : <MenuOutlined />;
  return (
    <Layout.Header className="ta-header">
      {onMenu && <Button type="text" aria-label={label} icon={icon} onClick={onMenu} />}
      <Search wide={wide} />
      <span className="ta-header-space" />
      <LiveLight />
      <LanguageSwitch />
      <ThemeSwitch />
      <AccountMenu wide={wide} />
    </Layout.Header>
  );
}

function Search({ wide }: { wide: boolean }) {
  const { t } = useTranslation();
  const unitSide = useSession().scope.side === 'unit';
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setOpen(true);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <>
      {wide ? (
        <button type="button" className="ta-search" onClick={() => setOpen(true)}>
          <SearchOutlined />
          <span>{t(unitSide ? 'shell.search.placeholderMine' : 'shell.search.placeholder')}</span>
          <kbd>Ctrl K</kbd>
        </button>
      ) : (
        <Button
          type="text"
          aria-label={t('shell.search.open')}
          icon={<SearchOutlined />}
          onClick={() => setOpen(true)}
        />
      )}
      {open && (
        <Suspense fallback={null}>
          <Palette onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

const LIGHT_TONE: Readonly<Record<LiveState, string>> = {
  live: 'done',
  connecting: 'waiting',
  broken: 'overdue',
  off: 'waiting',
};

function LiveLight() {
  const { t } = useTranslation();
  const state = useLiveState();
  return (
    <Tooltip title={t(`shell.live.${state}`)}>
      <span className="ta-live" role="status" aria-label={t(`shell.live.${state}`)}>
        <i style={{ background: `var(--ta-state-${LIGHT_TONE[state]}-solid)` }} />
      </span>
    </Tooltip>
  );
}

function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        selectedKeys: [i18n.language],
        items: [
          { key: 'zh', label: '中文', onClick: () => void chooseLanguage('zh') },
          { key: 'en', label: 'English', onClick: () => void chooseLanguage('en') },
        ],
      }}
    >
      <Button type="text" aria-label={t('shell.language')} icon={<GlobalOutlined />} />
    </Dropdown>
  );
}

const CHOICES: readonly ModeChoice[] = ['system', 'light', 'dark'];

function ThemeSwitch() {
  const { t } = useTranslation();
  const { choice, choose } = useThemeState();
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        selectedKeys: [choice],
        items: CHOICES.map((key) => ({ key, label: t(`shell.theme.${key}`), onClick: () => choose(key) })),
      }}
    >
      <Button type="text" aria-label={t('shell.theme.label')} icon={<BulbOutlined />} />
    </Dropdown>
  );
}

function AccountMenu({ wide }: { wide: boolean }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const { signOut } = useSessionState();
  const roles = user.roles
    .map((role) => t(`shell.role.${role}`, { defaultValue: role }))
    .join(t('parts.listSeparator'));
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          {
            key: 'who',
            type: 'group',
            label: (
              <span className="ta-who">
                <strong>{user.name}</strong>
                <span>{user.unit.name}</span>
                <span>{roles}</span>
              </span>
            ),
          },
          { type: 'divider' },
          ...(ACCOUNT_PATH
            ? [
                {
                  key: 'account',
                  icon: <UserOutlined />,
                  label: <AppLink to={ACCOUNT_PATH}>{t('shell.ownAccount')}</AppLink>,
                },
              ]
            : []),
          { key: 'out', icon: <LogoutOutlined />, label: t('shell.signOut'), onClick: () => void signOut() },
        ],
      }}
    >
      <Button type="text" aria-label={t('shell.account')} icon={<UserOutlined />}>
        {wide ? user.name : null}
      </Button>
    </Dropdown>
  );
}
