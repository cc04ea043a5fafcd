import type { ReactNode } from 'react';
import type { StateTone } from '../shell/theme.ts';
import type { TimeValue } from './time.ts';
import { TimeText } from './time-text.tsx';

export interface TimelineEntry {
  readonly key: string;
  readonly at: TimeValue;
  /** What happened, a sentence. */
  readonly title: ReactNode;
  /** Who did it. */
  readonly by?: ReactNode;
  readonly tone?: StateTone;
  readonly detail?: ReactNode;
}

/** What happened and who did what, in the order given. */
export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  return (
    <ol className="ta-timeline">
      {entries.map(({ key, at, title, by, tone = 'moving', detail }) => (
        <li key={key} className={`ta-tone-${tone}`}>
          <i className="ta-dot" aria-hidden />
          <div>
            <div className="ta-timeline-title">
              <span>{title}</span>
              <span className="ta-quiet">
                {by && <>{by} · </>}
                <TimeText at={at} />
              </span>
            </div>
            {detail && <div className="ta-timeline-detail">{detail}</div>}
          </div>
        </li>
      ))}
    </ol>
  );
}
