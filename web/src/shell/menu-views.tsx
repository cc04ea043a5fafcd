import {
  AlertOutlined,
  AppstoreOutlined,
  AuditOutlined,
  BugOutlined,
  CustomerServiceOutlined,
  DatabaseOutlined,
  DeploymentUnitOutlined,
  HomeOutlined,
  NotificationOutlined,
  ProfileOutlined,
  SettingOutlined,
  ShareAltOutlined,
} from '@ant-design/icons';
import { useLocation } from '@tanstack/react-router';
import { Drawer, Layout, Menu, type MenuProps } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { AppLink } from './link.tsx';
import { Logo } from './logo.tsx';
import { currentEntry, type MenuSection, menuOf } from './menu.ts';
import type { MenuGroup } from './page.ts';
import { useSession } from './session.tsx';

const ICONS: Readonly<Record<MenuGroup, ReactNode>> = {
  overview: <HomeOutlined />,
  sense: <AlertOutlined />,
  ledger: <DatabaseOutlined />,
  warning: <NotificationOutlined />,
  tracing: <ShareAltOutlined />,
  command: <DeploymentUnitOutlined />,
  service: <CustomerServiceOutlined />,
  supervision: <AuditOutlined />,
  system: <SettingOutlined />,
  mine: <ProfileOutlined />,
};

const MINE_ICONS: Readonly<Record<string, ReactNode>> = {
  '/tasks': <ProfileOutlined />,
  '/assets': <DatabaseOutlined />,
  '/vulnerabilities': <BugOutlined />,
};

function useSections(): { sections: readonly MenuSection[]; current: string | undefined } {
  const session = useSession();
  const sections = menuOf(session);
  return { sections, current: currentEntry(sections, useLocation().pathname)?.path };
}

type Items = NonNullable<MenuProps['items']>;

/** Groups with one page stand as that page; the others open. A unit's few pages stand side by side. */
function useItems(sections: readonly MenuSection[]): Items {
  const { t } = useTranslation();
  const link = (path: string, title: string) => <AppLink to={path}>{t(title)}</AppLink>;
  return sections.flatMap(({ group, entries }): Items => {
    const [only] = entries;
    if (group === 'mine') {
      return entries.map(({ path, title }) => ({
        key: path,
        icon: MINE_ICONS[path] ?? <AppstoreOutlined />,
        label: link(path, title),
      }));
    }
    if (only && entries.length === 1)
      return [{ key: only.path, icon: ICONS[group], label: link(only.path, only.title) }];
    return [
      {
        key: group,
        icon: ICONS[group],
        label: t(`shell.group.${group}`),
        children: entries.map(({ path, title }) => ({ key: path, label: link(path, title) })),
      },
    ];
  });
}

function PagesMenu({ inDrawer }: { inDrawer?: boolean }) {
  const { t } = useTranslation();
  const { sections, current } = useSections();
  const items = useItems(sections);
  return (
    <nav aria-label={t('shell.menu')} className={inDrawer ? undefined : 'ta-side-nav'}>
      <Menu
        mode="inline"
        items={items}
        selectedKeys={current ? [current] : []}
        defaultOpenKeys={sections.map(({ group }) => group)}
        inlineIndent={16}
      />
    </nav>
  );
}

/** The menu at the left of a wide window. */
export function SideMenu({ collapsed }: { collapsed: boolean }) {
  return (
    <Layout.Sider
      theme="light"
      width={208}
      collapsedWidth={64}
      collapsed={collapsed}
      trigger={null}
      className="ta-side"
    >
      <Logo small={collapsed} />
      <PagesMenu />
    </Layout.Sider>
  );
}

/** The same menu on a phone, opened from the header. */
export function MenuDrawer({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Drawer
      placement="left"
      size={264}
      open={open}
      onClose={onClose}
      title={<Logo />}
      styles={{ body: { padding: 8 } }}
    >
      <PagesMenu inDrawer />
    </Drawer>
  );
}

/** The few pages of a unit's people at the bottom of a phone. */
export function BottomMenu() {
  const { t } = useTranslation();
  const { sections, current } = useSections();
  return (
    <nav aria-label={t('shell.menu')} className="ta-bottom-nav">
      {sections
        .flatMap(({ entries }) => entries)
        .map(({ path, title }) => (
          <AppLink key={path} to={path} aria-current={path === current ? 'page' : undefined}>
            {MINE_ICONS[path] ?? <AppstoreOutlined />}
            <span>{t(title)}</span>
          </AppLink>
        ))}
    </nav>
  );
}
