import { useEffect } from 'react';
import { useGo } from './link.tsx';

/** Leads on to another address without leaving this one in the history. */
export function Redirect({ to }: { to: string }) {
  const go = useGo();
  useEffect(() => go(to, { replace: true }), [go, to]);
  return null;
}
