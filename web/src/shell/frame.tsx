import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useLocation, useMatches } from '@tanstack/react-router';
import { Grid, Layout } from 'antd';
import { type ReactNode, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PageSkeleton } from '../parts/skeleton.tsx';
import { ForbiddenPage } from './failure-pages.tsx';
import { Gate } from './gate.tsx';
import { HeaderBar } from './header-bar.tsx';
import { useIdleSignOut } from './idle.ts';
import { connectLive } from './live.ts';
import { startPath } from './menu.ts';
import { BottomMenu, MenuDrawer, SideMenu } from './menu-views.tsx';
import { NotFresh } from './not-fresh.tsx';
import type { PageEntry } from './page.ts';
import { Redirect } from './redirect.tsx';
import { useSession, useSessionState } from './session.tsx';
import { readSetting, writeSetting } from './settings.ts';

/** Everything around a page. Public pages stand alone; the others need a session and have menu and header. */
export function Frame() {
  const page = useMatches().at(-1)?.staticData.page;
  useDocumentTitle(page);
  if (page?.public) {
    return (
      <Suspense fallback={<PageSkeleton />}>
        <main id="content">
          <Outlet />
        </main>
      </Suspense>
    );
  }
  return (
    <Gate>
      <SignedIn page={page} />
    </Gate>
  );
}

function useDocumentTitle(page: PageEntry | undefined): void {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = page ? `${t(page.title)} · ${t('shell.name')}` : t('shell.name');
  }, [page, t]);
}

function SignedIn({ page }: { page: PageEntry | undefined }) {
  const { may } = useSessionState();
  const session = useSession();
  const client = useQueryClient();
  useEffect(() => connectLive(() => void client.invalidateQueries()), [client]);
  useIdleSignOut();

  // Nothing else is permitted until a first or reset password was changed: the sign-in page asks for it.
  if (session.mustChangePassword) return <Redirect to="/sign-in" />;
  const start = startPath(session);
  if (page?.path === '/' && start !== '/') return <Redirect to={start} />;
  const content = page && !may(page.permission) ? <ForbiddenPage /> : <Outlet />;
  return <Console>{content}</Console>;
}

function Console({ children }: { children: ReactNode }) {
  const wide = Grid.useBreakpoint().md ?? true;
  const [collapsed, setCollapsed] = useState(readSetting('menu') === 'collapsed');
  const path = useLocation().pathname;
  const unitSide = useSession().scope.side === 'unit';
  // Open on the page where it was opened: following a link closes it.
  const [drawerOn, setDrawerOn] = useState<string>();

  const collapse = (next: boolean) => {
    setCollapsed(next);
    writeSetting('menu', next ? 'collapsed' : 'open');
  };
  const toggle = wide ? () => collapse(!collapsed) : unitSide ? undefined : () => setDrawerOn(path);
  return (
    <Layout className="ta-frame">
      <SkipLink />
      {wide && <SideMenu collapsed={collapsed} />}
      {!wide && <MenuDrawer open={drawerOn === path} onClose={() => setDrawerOn(undefined)} />}
      <Layout>
        <HeaderBar wide={wide} collapsed={collapsed} onMenu={toggle} />
        <Layout.Content id="content" tabIndex={-1} className="ta-content" role="main">
          <NotFresh />
          <Suspense fallback={<PageSkeleton />}>{children}</Suspense>
        </Layout.Content>
        {!wide && unitSide && <BottomMenu />}
      </Layout>
    </Layout>
  );
}

function SkipLink() {
  const { t } = useTranslation();
  return (
    <a className="ta-skip" href="#content">
      {t('shell.skip')}
    </a>
  );
}
