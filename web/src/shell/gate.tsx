import { useLocation } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useGet } from '../api/hooks.ts';
import { PageSkeleton } from '../parts/skeleton.tsx';
import { Unreachable } from './failure-pages.tsx';
import { Redirect } from './redirect.tsx';
import { useSessionState } from './session.tsx';

/** Lets signed-in people through; leads others to the sign-in page, or to the set-up page of an empty platform. */
export function Gate({ children }: { children: ReactNode }) {
  const { session, error, refresh } = useSessionState();
  if (session) return children;
  if (session === null) return <ToSignIn />;
  if (error) return <Unreachable error={error} retry={() => void refresh().catch(() => undefined)} />;
  return <PageSkeleton />;
}

function ToSignIn() {
  const { href } = useLocation();
  const { data, error } = useGet<{ needed: boolean }>('/api/setup');
  if (data?.needed) return <Redirect to="/setup" />;
  if (data === undefined && !error) return <PageSkeleton />;
  return <Redirect to={href === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(href)}`} />;
}
