import { useEffect, useSyncExternalStore } from 'react';
import { useInvalidate } from '../api/hooks.ts';

/** A change somebody made, as the server tells it after the commit. */
interface Change {
  readonly topic: string;
  readonly id: string;
  readonly action: string;
  readonly unitPath: string;
}

export type LiveState = 'off' | 'connecting' | 'live' | 'broken';

const listeners = new Set<(change: Change) => void>();
const stateListeners = new Set<() => void>();
let source: EventSource | undefined;
let state: LiveState = 'off';

function setState(next: LiveState): void {
  state = next;
  for (const listener of stateListeners) listener();
}

/**
 * Opens the one stream of changes of this tab; the browser itself connects again when it breaks.
 *
 * @param missed called after such a break: changes may have been missed
 */
export function connectLive(missed: () => void): () => void {
  setState('connecting');
  source = new EventSource('/api/live');
  let opened = false;
  source.onopen = () => {
    setState('live');
    if (opened) missed();
    opened = true;
  };
  source.onerror = () => setState(source?.readyState === EventSource.CLOSED ? 'broken' : 'connecting');
  source.onmessage = (message: MessageEvent<string>) => {
    const change = JSON.parse(message.data) as Change;
    for (const listener of listeners) listener(change);
  };
  return () => {
    source?.close();
    setState('off');
  };
}

export const useLiveState = (): LiveState =>
  useSyncExternalStore(
    (changed) => {
      stateListeners.add(changed);
      return () => stateListeners.delete(changed);
    },
    () => state,
  );

/** At most one new reading in this time, however many changes come. */
const PAUSE_MS = 1_500;

/**
 * Reads again what changed: on every change of `topic` (the noun the server publishes: `alert`, `order` …), the
 * queries below `paths` are asked again, at most every 1.5 s.
 */
export function useLive(topic: string, paths: readonly string[]): void {
  const invalidate = useInvalidate();
  const joined = paths.join(' ');
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hear = (change: Change) => {
      if (change.topic !== topic || timer) return;
      timer = setTimeout(() => {
        timer = undefined;
        void invalidate(joined.split(' '));
      }, PAUSE_MS);
    };
    listeners.add(hear);
    return () => {
      listeners.delete(hear);
      clearTimeout(timer);
    };
  }, [topic, joined, invalidate]);
}
