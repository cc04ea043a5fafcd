import type { ChangeEvent, Scope } from './context.ts';

/** Tells listeners in this process of committed changes. */
export interface Live {
  publish(events: readonly ChangeEvent[]): void;
  /** @returns a function that ends the subscription */
  subscribe(scope: Scope, listener: (event: ChangeEvent) => void): () => void;
}

export function openLive(): Live {
  const listeners = new Set<{ scope: Scope; listener: (event: ChangeEvent) => void }>();
  return {
    publish(events) {
      for (const event of events) {
        for (const { scope, listener } of listeners) {
          const visible = event.unitPath.startsWith(scope.path) && (event.side === 'both' || scope.side === 'centre');
          if (visible) listener(event);
        }
      }
    },
    subscribe(scope, listener) {
      const entry = { scope, listener };
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
  };
}
