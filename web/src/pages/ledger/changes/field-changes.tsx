import type { Answer } from '#api/types.ts';
import { ChangeLines } from '#parts/trail/change-lines.tsx';
import { useFieldName, useValueText } from '../model.ts';

type FieldChange = Answer<'/api/assets/{id}/changes'>['items'][number]['changes'][number];

/** Fields with what they were and what they became. */
export function FieldChanges({ changes }: { changes: readonly FieldChange[] }) {
  const name = useFieldName();
  const text = useValueText();
  return (
    <ChangeLines
      lines={changes.map(({ field, from, to }) => ({
        key: field,
        name: name(field),
        from: text(field, from),
        to: text(field, to),
      }))}
    />
  );
}
