import { Button, Dropdown, Form } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useInvalidate } from '#api/hooks.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { useLocal } from '#parts/local.ts';
import type { AssetDetail } from './answers.ts';
import { UnitChoice } from './unit-choice.tsx';

type Move = AssetDetail['moves'][number];

/** What this person may do next with the asset: one main button, the others behind "more". */
export function AssetMoves({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation();
  const local = useLocal();
  const invalidate = useInvalidate();
  const [asked, setAsked] = useState<Move>();
  const [unitPath, setUnitPath] = useState<string>();
  const [busy, setBusy] = useState(false);
  const main = asset.moves.find((move) => move.main);
  const others = asset.moves.filter((move) => !move.main);
  const make = async (move: Move, reason: string) => {
    setBusy(true);
    try {
      const unit = move.guards.includes('unit') ? { unitPath: unitPath ?? '' } : {};
      await api.post(`/api/assets/${asset.id}/moves/${move.move}`, { reason, ...unit });
      setAsked(undefined);
      await invalidate(['/api/assets', '/api/journal']);
    } finally {
      setBusy(false);
    }
  };
  const needsUnit = asked?.guards.includes('unit') ?? false;
  return (
    <>
      {others.length > 0 && (
        <Dropdown
          trigger={['click']}
          menu={{
            items: others.map((move) => ({ key: move.move, label: local(move.title) })),
            onClick: ({ key }) => setAsked(others.find(({ move }) => move === key)),
          }}
        >
          <Button>{t('ledger.moves.more')}</Button>
        </Dropdown>
      )}
      {main && (
        <Button
          type="primary"
          loading={busy}
          onClick={() => (main.guards.length > 0 ? setAsked(main) : void make(main, ''))}
        >
          {local(main.title)}
        </Button>
      )}
      {asked && (
        <ConfirmWithReason
          open
          title={`${local(asked.title)} · ${asset.name}`}
          consequence={t(`ledger.moves.consequence.${asked.move}`)}
          confirmText={local(asked.title)}
          danger={asked.move === 'write_off' || asked.move === 'reject'}
          reasonRequired={asked.guards.includes('reason')}
          onConfirm={(reason) => make(asked, reason)}
          onCancel={() => setAsked(undefined)}
        >
          {needsUnit && (
            <Form.Item label={t('ledger.form.unit')} required>
              <UnitChoice {...(unitPath === undefined ? {} : { value: unitPath })} onChange={setUnitPath} />
            </Form.Item>
          )}
        </ConfirmWithReason>
      )}
    </>
  );
}
