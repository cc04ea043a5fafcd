import { Card } from 'antd';
import type { ReactNode } from 'react';

interface SectionProps {
  readonly title: ReactNode;
  /** Link or button at the right of the title. */
  readonly extra?: ReactNode;
  readonly children: ReactNode;
}

/** A titled block of a page. */
export function Section({ title, extra, children }: SectionProps) {
  return (
    <Card className="ta-section" size="small" title={<h2>{title}</h2>} extra={extra} variant="borderless">
      {children}
    </Card>
  );
}
