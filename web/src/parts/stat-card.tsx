import { Card, Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { AppLink } from '../shell/link.tsx';
import type { StateTone } from '../shell/theme.ts';

interface StatCardProps {
  readonly label: ReactNode;
  /** Already formatted; `undefined` while loading. */
  readonly value: ReactNode | undefined;
  readonly unit?: ReactNode;
  /** A quiet line below: comparison, share, what is late. */
  readonly hint?: ReactNode;
  readonly tone?: StateTone;
  /** Where the number leads. */
  readonly to?: string;
  /** It could not be read. */
  readonly failed?: ReactNode;
}

/** One figure with its name; leads to the list behind it. */
export function StatCard({ label, value, unit, hint, tone, to, failed }: StatCardProps) {
  const body = (
    <Card className="ta-stat" size="small" variant="borderless" hoverable={to !== undefined}>
      <div className="ta-quiet">{label}</div>
      {failed ? (
        <div className="ta-stat-failed">{failed}</div>
      ) : value === undefined ? (
        <Skeleton.Node active style={{ width: 96, height: 34 }} />
      ) : (
        <div className={`ta-stat-value ${tone ? `ta-tone-text-${tone}` : ''}`}>
          {value}
          {unit && <small>{unit}</small>}
        </div>
      )}
      <div className="ta-quiet ta-stat-hint">{hint}</div>
    </Card>
  );
  return to ? <AppLink to={to}>{body}</AppLink> : body;
}
