import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '#api/hooks.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { useLocal } from '#parts/local.ts';
import { AskAcceptance } from './acceptance/ask-acceptance.tsx';
import type { IssueDetail } from './answers.ts';

type Move = IssueDetail['moves'][number];

/** Moves that mean nothing without a word of why. */
const NEEDS_REASON: ReadonlySet<string> = new Set(['claim', 'pass', 'fail', 'dismiss', 'exclude', 'restore']);
/** What this person may do with the issue: the one main button, or all the others. */
export function IssueMoves({ issue, main = false }: { issue: IssueDetail; main?: boolean }) {
  const local = useLocal();
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<Move>();
  const send = useSend<{ move: string; reason: string }>(
    'POST',
    ({ move }) => `/api/vulnerabilities/${issue.id}/${move}`,
    { invalidate: ['/api/vulnerabilities', '/api/journal'], quiet: true },
  );
  const moves = issue.moves.filter((move) => move.main === main);
  return (
    <>
      {moves.map((move) => (
        <Button key={move.move} type={main ? 'primary' : 'default'} onClick={() => setChosen(move)}>
          {local(move.title)}
        </Button>
      ))}
      {chosen?.move === 'ask_acceptance' && <AskAcceptance issue={issue} onClose={() => setChosen(undefined)} />}
      {chosen && chosen.move !== 'ask_acceptance' && (
        <ConfirmWithReason
          open
          title={t('vulnerabilities.moveTitle', { move: local(chosen.title), title: issue.title })}
          consequence={t(`vulnerabilities.consequence.${chosen.move}`)}
          confirmText={local(chosen.title)}
          danger={chosen.move === 'dismiss' || chosen.move === 'exclude'}
          reasonRequired={NEEDS_REASON.has(chosen.move)}
          reasonLabel={t('vulnerabilities.reason')}
          onConfirm={async (reason) => {
            await send.mutateAsync({ move: chosen.move, reason });
            setChosen(undefined);
          }}
          onCancel={() => setChosen(undefined)}
        />
      )}
    </>
  );
}
