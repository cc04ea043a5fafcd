import { Alert, Button } from 'antd';
import type { ReactNode } from 'react';
import { AppLink } from '#shell/link.tsx';

interface Asked {
  readonly title: string;
  readonly description: ReactNode;
  /** Where it is answered, and what the way there is called. */
  readonly to: string;
  readonly open: string;
}

/** That the own unit is asked something besides its orders, with the way to the answer. */
export const AskedAlert = ({ title, description, to, open }: Asked) => (
  <Alert
    className="ta-asked"
    type="warning"
    showIcon
    title={title}
    description={description}
    action={
      <AppLink to={to}>
        <Button type="primary">{open}</Button>
      </AppLink>
    }
  />
);
