import { Empty } from 'antd';
import type { ReactNode } from 'react';

interface EmptyStateProps {
  /** What would be here. */
  readonly title: ReactNode;
  /** How to get it. */
  readonly hint?: ReactNode;
  /** The button that does so. */
  readonly action?: ReactNode;
}

/** Nothing is here: what would be, and how to get it. */
export function EmptyState({ title, hint, action }: EmptyStateProps) {
  return (
    <Empty
      className="ta-empty"
      image={Empty.PRESENTED_IMAGE_SIMPLE}
      description={
        <>
          <div>{title}</div>
          {hint && <div className="ta-quiet">{hint}</div>}
        </>
      }
    >
      {action && <div className="ta-empty-actions">{action}</div>}
    </Empty>
  );
}
