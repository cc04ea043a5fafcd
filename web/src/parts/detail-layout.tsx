import { Typography } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Section } from './section.tsx';
import { JournalTrail } from './trail/journal-trail.tsx';
import type { TrailWords } from './trail/words.ts';

interface DetailLayoutProps {
  /** A quiet line above the title: number, kind. */
  readonly overline?: ReactNode;
  readonly title: ReactNode;
  /** `StateTag`, `GradeTag`, `Deadline`… */
  readonly tags?: ReactNode;
  /** The one thing this person should do next. */
  readonly mainAction?: ReactNode;
  /** Everything else one may do. */
  readonly actions?: ReactNode;
  /** Above story and facts, full width: notices, state diagram. */
  readonly banner?: ReactNode;
  /** What happened and who did what: `Section`s. */
  readonly story: ReactNode;
  /** What is so: `Section`s with `Facts`. */
  readonly facts?: ReactNode;
  /** Related things: `Section`s below both. */
  readonly related?: ReactNode;
  /** The object whose journal closes the page; people who may not read it do not see it. */
  readonly journal?: {
    readonly type: string;
    readonly id: string;
    /** How its entries read. */
    readonly words: TrailWords;
  };
}

/** One object: the same order everywhere, on a page or in a drawer (columns follow the width of the container). */
export function DetailLayout(props: DetailLayoutProps) {
  const { t } = useTranslation();
  return (
    <article className="ta-detail">
      <header className="ta-detail-header">
        <div>
          {props.overline && <div className="ta-quiet">{props.overline}</div>}
          <Typography.Title level={1}>{props.title}</Typography.Title>
          {props.tags && <div className="ta-tags">{props.tags}</div>}
        </div>
        {(props.actions || props.mainAction) && (
          <div className="ta-actions">
            {props.actions}
            {props.mainAction}
          </div>
        )}
      </header>
      {props.banner}
      <div className={props.facts ? 'ta-detail-columns' : 'ta-detail-story'}>
        <div className="ta-detail-story">{props.story}</div>
        {props.facts && <aside className="ta-detail-facts">{props.facts}</aside>}
      </div>
      {props.related}
      {props.journal && (
        <JournalTrail
          type={props.journal.type}
          id={props.journal.id}
          words={props.journal.words}
          frame={(trail) => <Section title={t('parts.journal.title')}>{trail}</Section>}
        />
      )}
    </article>
  );
}
