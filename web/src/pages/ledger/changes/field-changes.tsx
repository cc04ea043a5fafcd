import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Answer } from '#api/types.ts';
import { useFieldName, useValueText } from '../model.ts';

type FieldChange = Answer<'/api/assets/{id}/changes'>['items'][number]['changes'][number];

const SHOWN = 6;

/** Fields with what they were and what they became. */
export function FieldChanges({ changes }: { changes: readonly FieldChange[] }) {
  const { t } = useTranslation();
  const name = useFieldName();
  const text = useValueText();
  const [all, setAll] = useState(false);
  const shown = all ? changes : changes.slice(0, SHOWN);
  return (
    <ul className="ta-import-why">
      {shown.map((change) => (
        <li key={change.field}>
          {name(change.field)}
          {t('parts.colon')}
          <span className="ta-quiet">{text(change.field, change.from)} → </span>
          {text(change.field, change.to)}
        </li>
      ))}
      {changes.length > shown.length && (
        <li>
          <Button type="link" size="small" onClick={() => setAll(true)}>
            {t('changes.more', { count: changes.length - shown.length })}
          </Button>
        </li>
      )}
    </ul>
  );
}
