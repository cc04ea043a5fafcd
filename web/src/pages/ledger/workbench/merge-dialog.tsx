import { Alert, Radio } from 'antd';
import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet, useSend } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { useFieldName, useValueText } from '../model.ts';
import { IdentityKeyTag } from '../observations/parts.tsx';
import { type Side, SideFacts, useApart } from './sides.tsx';

type Preview = Answer<'/api/assets/merge-preview'>;
/** One of two assets that may be one; what tells them apart is asked. */
export type MergeSide = Pick<Side, 'id' | 'name' | 'source'>;

interface MergeDialogProps {
  readonly left: MergeSide;
  readonly right: MergeSide;
  onClose(): void;
}

/** Makes one asset of two, after showing what that does. */
export function MergeDialog({ left, right, onClose }: MergeDialogProps) {
  const { t } = useTranslation();
  // What people entered stays rather than what was only seen.
  const [keptId, setKeptId] = useState(
    left.source === 'discovered' && right.source !== 'discovered' ? right.id : left.id,
  );
  const [kept, other] = keptId === left.id ? [left, right] : [right, left];
  const answer = useGet<Preview>(
    '/api/assets/merge-preview',
    { keptId: kept.id, otherId: other.id },
    { keepPrevious: true },
  );
  // The two stay what they are while the other one is chosen; what a merge would do does not.
  const preview = answer.data?.kept.id === keptId ? answer.data : undefined;
  const sides = answer.data && [answer.data.kept, answer.data.other];
  const apart = useApart(sides?.[0], sides?.[1]);
  const merge = useSend<{ otherId: string; reason: string }, { id: string }>('POST', `/api/assets/${kept.id}/merge`, {
    invalidate: ['/api/assets'],
    done: t('workbench.duplicates.merged'),
    quiet: true,
  });
  return (
    <ConfirmWithReason
      open
      title={t('workbench.duplicates.mergeTitle')}
      consequence={t('workbench.duplicates.mergeText', { kept: apart(kept), other: apart(other) })}
      confirmText={t('workbench.duplicates.merge')}
      onCancel={onClose}
      onConfirm={async (reason) => {
        await merge.mutateAsync({ otherId: other.id, reason });
        onClose();
      }}
    >
      <fieldset className="ta-merge-kept">
        <legend>{t('workbench.duplicates.keep')}</legend>
        <Radio.Group
          vertical
          value={keptId}
          onChange={({ target }) => setKeptId(String(target.value))}
          options={[left, right].map(({ id, name }) => ({
            value: id,
            label: <Choice id={id} name={name} of={sides} />,
          }))}
        />
      </fieldset>
      {answer.error && <ErrorState error={answer.error} />}
      {!preview && !answer.error && <LinesSkeleton />}
      {preview && <Consequences preview={preview} kept={apart(kept)} other={apart(other)} />}
    </ConfirmWithReason>
  );
}

/** One of the two, with what tells it from the other. */
function Choice({ id, name, of }: { id: string; name: string; of: readonly Side[] | undefined }) {
  const side = of?.find((one) => one.id === id);
  const other = of?.find((one) => one.id !== id);
  return (
    <>
      {name}
      {side && other && <SideFacts side={side} other={other} />}
    </>
  );
}

/** Keys of one side, after its name. */
function KeysOf({ name, keys }: { name: string; keys: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <li>
      {name}
      {t('parts.colon')}
      <span className="ta-keys">
        {keys.map((key) => (
          <IdentityKeyTag key={key} text={key} />
        ))}
      </span>
    </li>
  );
}

function Consequences({ preview, kept, other }: { preview: Preview; kept: string; other: string }) {
  const { t } = useTranslation();
  const name = useFieldName();
  const text = useValueText();
  const { differences, observations, addresses, stays, contradictions } = preview;
  return (
    <div className="ta-merge-preview">
      {contradictions.length > 0 && (
        <Alert
          type="warning"
          showIcon
          title={t('workbench.preview.contradictions')}
          description={
            <ul className="ta-plain-lines">
              {contradictions.map((one) => (
                <Fragment key={one.other.join()}>
                  <KeysOf name={kept} keys={one.kept} />
                  <KeysOf name={other} keys={one.other} />
                </Fragment>
              ))}
            </ul>
          }
        />
      )}
      <p>
        {t('workbench.preview.moves', { observations, stays })}
        {addresses.length > 0 && ` ${t('workbench.preview.gains')}`}{' '}
        {addresses.length > 0 && <span className="ta-code-text">{addresses.join('  ')}</span>}
      </p>
      {differences.length > 0 && (
        <>
          <p className="ta-quiet">{t('workbench.preview.differs')}</p>
          <ul className="ta-plain-lines">
            {differences.map(({ field, ...values }) => (
              <li key={field}>
                {name(field)}
                {t('parts.colon')}
                {text(field, values.kept)} <s className="ta-quiet">{text(field, values.other)}</s>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
