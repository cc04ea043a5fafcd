import { Typography } from 'antd';
import type { ReactNode } from 'react';

interface PageHeaderProps {
  readonly title: ReactNode;
  /** One quiet sentence: what this page is for. */
  readonly hint?: ReactNode;
  /** Buttons at the right; the main one last. */
  readonly actions?: ReactNode;
}

/** The top of every page that is not a detail: its name, what it is for, what one can do. */
export function PageHeader({ title, hint, actions }: PageHeaderProps) {
  return (
    <header className="ta-page-header">
      <div>
        <Typography.Title level={1}>{title}</Typography.Title>
        {hint && <p className="ta-quiet">{hint}</p>}
      </div>
      {actions && <div className="ta-actions">{actions}</div>}
    </header>
  );
}
