import type { InputRef } from 'antd';
import { type RefObject, useEffect, useRef } from 'react';
import type { ListState } from './list-state.ts';

interface ListKeys {
  readonly state: ListState;
  /** Ids of the rows in the order shown. */
  readonly ids: readonly string[];
  readonly searchRef: RefObject<InputRef | null>;
  readonly onOpen: ((id: string) => void) | undefined;
}

const typing = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest('input, textarea, select, [contenteditable], .ant-modal, .ant-popover') !== null;

const rowsIn = (area: HTMLElement | null): HTMLElement[] => [
  ...(area?.querySelectorAll<HTMLElement>('tr[data-row-key]') ?? []),
];

/** j and k walk through the rows (or through the open details), Enter opens, / searches; Escape closes the drawer. */
export function useListKeys({ state, ids, searchRef, onOpen }: ListKeys): RefObject<HTMLDivElement | null> {
  const areaRef = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const walk = (step: number) => {
      if (state.open !== undefined) {
        const next = ids[ids.indexOf(state.open) + step];
        if (next !== undefined) state.patch({ open: next });
        return;
      }
      const rows = rowsIn(areaRef.current);
      const at = rows.findIndex((row) => row.contains(document.activeElement));
      rows[Math.max(0, Math.min(rows.length - 1, at + step))]?.focus();
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      if (event.key === 'j' || event.key === 'k') walk(event.key === 'j' ? 1 : -1);
      else if (event.key === '/') searchRef.current?.focus();
      else if (event.key === 'Enter' && event.target instanceof HTMLElement && event.target.dataset.rowKey) {
        onOpen?.(event.target.dataset.rowKey);
      } else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [state, ids, searchRef, onOpen]);
  return areaRef;
}
