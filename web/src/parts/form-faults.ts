import type { FormInstance } from 'antd';
import { useCallback } from 'react';
import { ApiError } from '#api/client.ts';
import { useFaultText } from '#api/error-text.ts';

/**
 * Shows the server's faults at the fields they are about.
 *
 * @returns a function that takes the form and the error, and tells whether every fault found its field; when not, the
 *   error must be shown besides
 */
export function useFormFaults(): (form: FormInstance, error: unknown) => boolean {
  const faultText = useFaultText();
  return useCallback(
    (form, error) => {
      if (!(error instanceof ApiError) || error.faults.length === 0) return false;
      const byField = new Map<string, string[]>();
      for (const fault of error.faults) {
        byField.set(fault.at, [...(byField.get(fault.at) ?? []), faultText(fault)]);
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
    [faultText],
  );
}
