import { Flex } from 'antd';
import { api } from '#api/client.ts';
import { useInvalidate } from '#api/hooks.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';

interface Props {
  readonly open: boolean;
  /** The import, without what is done with it: `/api/assets/imports/{id}`. */
  readonly url: string;
  /** What is asked anew afterwards. */
  readonly changed: string;
  readonly fileName: string;
  readonly button: string;
  /** What comes of it, a line for each kind of thing. */
  readonly next: readonly string[];
  onClose(): void;
}

/** Asks before an import is taken back. */
export function UndoImport({ open, url, changed, fileName, button, next, onClose }: Props) {
  const invalidate = useInvalidate();
  return (
    <ConfirmWithReason
      open={open}
      title={`${button} · ${fileName}`}
      consequence={
        <Flex vertical gap={6}>
          {next.map((line) => (
            <span key={line}>{line}</span>
          ))}
        </Flex>
      }
      confirmText={button}
      danger
      withoutReason
      onConfirm={async () => {
        await api.post(`${url}/undo`);
        onClose();
        await invalidate([changed]);
      }}
      onCancel={onClose}
    />
  );
}
