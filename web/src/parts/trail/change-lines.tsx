import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LongText } from '../long-text.tsx';

export interface ChangeLine {
  readonly key: string;
  readonly name: string;
  /** What it was; undefined where there is only one value to tell. */
  readonly from?: string | undefined;
  readonly to: string;
}

const SHOWN = 6;

/** Fields with what they were and what they became, the first few at first. */
export function ChangeLines({ lines }: { lines: readonly ChangeLine[] }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const shown = all ? lines : lines.slice(0, SHOWN);
  return (
    <ul className="ta-plain-lines">
      {shown.map(({ key, name, from, to }) => (
        <li key={key}>
          {name}
          {t('parts.colon')}
          {from !== undefined && (
            <span className="ta-quiet">
              <LongText text={from} /> →{' '}
            </span>
          )}
          <LongText text={to} />
        </li>
      ))}
      {lines.length > SHOWN && (
        <li>
          <Button type="link" size="small" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? t('trail.less') : t('trail.more', { count: lines.length - SHOWN })}
          </Button>
        </li>
      )}
    </ul>
  );
}
