import { EyeOutlined } from '@ant-design/icons';
import { Button, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ConfirmWithReason } from './confirm-with-reason.tsx';

interface MaskedProps {
  /** What may be seen by everybody: `4501****1234`. */
  readonly masked: string;
  /** Reads the whole value; the server records the reason. Without it the value stays masked. */
  readonly reveal?: (reason: string) => Promise<string>;
}

/** A sensitive value. Revealing it asks for a reason and is recorded. */
export function Masked({ masked, reveal }: MaskedProps) {
  const { t } = useTranslation();
  const [value, setValue] = useState<string>();
  const [asking, setAsking] = useState(false);
  if (value !== undefined) return <Typography.Text copyable>{value}</Typography.Text>;
  return (
    <span>
      <span className="ta-masked">{masked}</span>
      {reveal && (
        <Button
          type="text"
          size="small"
          icon={<EyeOutlined />}
          aria-label={t('parts.masked.reveal')}
          onClick={() => setAsking(true)}
        />
      )}
      {reveal && (
        <ConfirmWithReason
          open={asking}
          title={t('parts.masked.title')}
          consequence={t('parts.masked.consequence')}
          confirmText={t('parts.masked.reveal')}
          onCancel={() => setAsking(false)}
          onConfirm={async (reason) => {
            setValue(await reveal(reason));
            setAsking(false);
          }}
        />
      )}
    </span>
  );
}
