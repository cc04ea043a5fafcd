import type { FormInstance } from 'antd';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '#api/client.ts';

/**
 * Shows the server's faults at the fields they are about.
 *
 * @returns a function that takes the form and the error, and tells whether every fault found its field; when not, the
 *   error must be shown besides
 */
export function useFormFaults(): (form: FormInstance, error: unknown) => boolean {
  const { t, i18n } = useTranslation();
  return useCallback(
    (form, error) => {
      if (!(error instanceof ApiError) || error.faults.length === 0) return false;
      const byField = new Map<string, string[]>();
      for (const { at, message, reason } of error.faults) {
        const known = reason && i18n.exists(reason, { ns: 'reasons', keySeparator: false });
        const text = known ? t(reason, { ns: 'reasons', keySeparator: false }) : message;
        byField.set(at, [...(byField.get(at) ?? []), text]);
      }
      let placed = 0;
      for (const [at, errors] of byField) {
        const name = at.split('/').slice(1);
        if (form.getFieldInstance(name) === undefined) continue;
        form.setFields([{ name, errors }]);
        placed += 1;
      }
      return placed === byField.size;
    },
    [t, i18n],
  );
}
