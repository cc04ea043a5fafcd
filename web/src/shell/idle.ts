import { useEffect } from 'react';
import { useSession, useSessionState } from './session.tsx';

const SIGNS_OF_LIFE = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;
const LOOK_MS = 15_000;
const MINUTE_MS = 60_000;
/** Shared by the tabs of this browser: work in one keeps the others signed in. */
const CHANNEL = 'tongan.alive';

/**
 * Signs out when nobody was at the keyboard for as long as the platform allows. The server cannot tell by itself: live
 * pages ask again whenever something changes, whoever changed it.
 */
export function useIdleSignOut(): void {
  const { idleMinutes } = useSession();
  const { signOut } = useSessionState();
  useEffect(() => {
    let seenMs = Date.now();
    let toldMs = 0;
    const channel = new BroadcastChannel(CHANNEL);
    const alive = () => {
      seenMs = Date.now();
      if (seenMs - toldMs < LOOK_MS) return;
      toldMs = seenMs;
      channel.postMessage(seenMs);
    };
    channel.onmessage = () => {
      seenMs = Date.now();
    };
    for (const sign of SIGNS_OF_LIFE) window.addEventListener(sign, alive, { passive: true });
    const timer = setInterval(() => {
      if (Date.now() - seenMs >= idleMinutes * MINUTE_MS) void signOut().catch(() => undefined);
    }, LOOK_MS);
    return () => {
      for (const sign of SIGNS_OF_LIFE) window.removeEventListener(sign, alive);
      clearInterval(timer);
      channel.close();
    };
  }, [idleMinutes, signOut]);
}
