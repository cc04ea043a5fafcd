import { useLocation } from '@tanstack/react-router';
import { Button } from 'antd';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '../api/hooks.ts';
import { PageSkeleton } from '../parts/skeleton.tsx';
import { Notice } from './failure-pages.tsx';
import { Redirect } from './redirect.tsx';
import { useSessionState } from './session.tsx';

/** How long until an unreachable platform is asked again. */
const RETRY_MS = 5_000;

/** Lets signed-in people through; leads others to the sign-in page, or to the set-up page of an empty platform. */
export function Gate({ children }: { children: ReactNode }) {
  const { session, error, refresh } = useSessionState();
  if (session) return children;
  if (session === null) return <ToSignIn />;
  if (error) return <Unreachable retry={() => void refresh().catch(() => undefined)} />;
  return <PageSkeleton />;
}

function ToSignIn() {
  const { href } = useLocation();
  const { data, error } = useGet<{ needed: boolean }>('/api/setup');
  if (data?.needed) return <Redirect to="/setup" />;
  if (data === undefined && !error) return <PageSkeleton />;
  return <Redirect to={href === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(href)}`} />;
}

function Unreachable({ retry }: { retry: () => void }) {
  const { t } = useTranslation();
  useEffect(() => {
    const timer = setInterval(retry, RETRY_MS);
    return () => clearInterval(timer);
  }, [retry]);
  return (
    <Notice
      title={t('shell.unreachable.title')}
      hint={t('shell.unreachable.hint')}
      action={<Button onClick={retry}>{t('parts.retry')}</Button>}
    />
  );
}
