import { useRouter } from '@tanstack/react-router';
import { type AnchorHTMLAttributes, type MouseEvent, useCallback } from 'react';

interface AppLinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> {
  /** `/orders/7?tab=facts` */
  readonly to: string;
}

/** A link inside the console: a real address (new tab, copy) that changes the page without loading it anew. */
export function AppLink({ to, onClick, ...rest }: AppLinkProps) {
  const go = useGo();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || rest.target === '_blank') return;
    event.preventDefault();
    go(to);
  };
  return <a {...rest} href={to} onClick={follow} />;
}

/** `const go = useGo(); go('/orders/7')`; `go(-1)` goes back. */
export function useGo(): (to: string | number, options?: { replace?: boolean }) => void {
  const { history } = useRouter();
  return useCallback(
    (to, options) => {
      if (typeof to === 'number') history.go(to);
      else if (options?.replace) history.replace(to);
      else history.push(to);
    },
    [history],
  );
}
