import { useEffect, useState } from 'react';
import { useGo } from './link.tsx';

/**
 * Leads on to another address without leaving this one in the history. Goes once, to where it was first told: the
 * address may already be the new one while its page still loads.
 */
export function Redirect({ to }: { to: string }) {
  const go = useGo();
  const [target] = useState(to);
  useEffect(() => go(target, { replace: true }), [go, target]);
  return null;
}
