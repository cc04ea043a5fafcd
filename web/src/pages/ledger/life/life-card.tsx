import { Button, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DayInput } from '#parts/day-input.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Section } from '#parts/section.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { dateText } from '#parts/time.ts';
import { Timeline } from '#parts/timeline.tsx';
import { useMay } from '#shell/session.tsx';
import { all, useUrlState } from '#shell/url-state.ts';
import type { Asset } from '../answers.ts';
import { AsOf } from '../changes/as-of.tsx';
import { type Axis, KINDS, type MomentKind, useAxis } from './axis.ts';
import { useMomentEntry } from './moment-entry.tsx';
import './life.css';

const DAY_MS = 86_400_000;
const EVENT_DAYS = 89;

/** Kinds of which nothing can be told to somebody without the permission. */
const NEEDS: Partial<Record<MomentKind, string>> = {
  vulnerability: 'vulnerability.read',
  alert: 'alert.read',
  incident: 'incident.read',
  order: 'order.read',
  event: 'event.search',
};

/** The life of an asset on one axis, the newest first; and the asset as it was on any day. */
export function LifeCard({ asset }: { asset: Asset }) {
  const { t } = useTranslation();
  const may = useMay();
  const [url, patch] = useUrlState();
  const [day, setDay] = useState('');
  const chosen = KINDS.filter((kind) => all(url.life).includes(kind));
  const axis = useAxis(asset.id, chosen, may('event.search'));
  const kinds = KINDS.filter((kind) => may(NEEDS[kind] ?? 'asset.read'));
  const toggle = (kind: MomentKind) => {
    const next = chosen.includes(kind) ? chosen.filter((one) => one !== kind) : [...chosen, kind];
    patch({ life: next.length > 0 ? next : undefined });
  };
  return (
    <>
      <Section
        title={t('life.title')}
        extra={
          <Space size={4}>
            <span className="ta-quiet">{t('changes.asOf')}</span>
            <DayInput size="small" label={t('changes.asOf')} value={day} onChange={setDay} />
          </Space>
        }
      >
        <fieldset className="ta-life-kinds" aria-label={t('life.filter')}>
          <Button
            size="small"
            type={chosen.length === 0 ? 'primary' : 'default'}
            aria-pressed={chosen.length === 0}
            onClick={() => patch({ life: undefined })}
          >
            {t('life.all')}
          </Button>
          {kinds.map((kind) => (
            <Button
              key={kind}
              size="small"
              type={chosen.includes(kind) ? 'primary' : 'default'}
              aria-pressed={chosen.includes(kind)}
              onClick={() => toggle(kind)}
            >
              {t(`life.kind.${kind}`)}
            </Button>
          ))}
        </fieldset>
        <AxisBody asset={asset} axis={axis} narrowed={chosen.length > 0} />
      </Section>
      {day && <AsOf asset={asset} day={day} onClose={() => setDay('')} />}
    </>
  );
}

function AxisBody({ asset, axis, narrowed }: { asset: Asset; axis: Axis; narrowed: boolean }) {
  const { t } = useTranslation();
  const entryOf = useMomentEntry(asset);
  if (axis.error && axis.moments.length === 0) return <ErrorState error={axis.error} retry={axis.retry} />;
  if (axis.pending) return <LinesSkeleton rows={8} />;
  if (axis.moments.length === 0) return <EmptyState title={t(narrowed ? 'life.noneChosen' : 'life.none')} />;
  return (
    <>
      <Timeline entries={axis.moments.map(entryOf)} />
      <div className="ta-life-end">
        {axis.more ? (
          <Button loading={axis.fetching} onClick={axis.earlier}>
            {t('life.older')}
          </Button>
        ) : (
          <span className="ta-quiet">{t('life.beginning')}</span>
        )}
        <EventsNote axis={axis} />
      </div>
    </>
  );
}

/** How far events were counted, where it matters. */
function EventsNote({ axis }: { axis: Axis }) {
  const { t } = useTranslation();
  if (axis.eventsFailed) return <span className="ta-quiet">{t('life.eventsFailed')}</span>;
  if (axis.eventsFrom === null) return null;
  const cut = Date.now() - Date.parse(axis.eventsFrom) < EVENT_DAYS * DAY_MS - DAY_MS;
  return (
    <span className="ta-quiet">
      {cut ? t('life.eventsCut', { day: dateText(axis.eventsFrom) }) : t('life.eventsFrom')}
    </span>
  );
}
