import type { ReactNode } from 'react';

export interface Fact {
  readonly label: ReactNode;
  /** Nothing (`null`, `undefined`, `''`) shows a dash; `false` leaves the fact out. */
  readonly value: ReactNode;
}

/** Names and values, for the right side of a detail. */
export function Facts({ facts }: { facts: readonly (Fact | false)[] }) {
  return (
    <dl className="ta-facts">
      {Array.from(facts.entries(), ([index, fact]) =>
        fact === false || fact.value === false ? null : (
          <div key={index}>
            <dt>{fact.label}</dt>
            <dd>{fact.value === null || fact.value === undefined || fact.value === '' ? '—' : fact.value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
