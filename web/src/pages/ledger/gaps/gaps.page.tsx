import { Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { ExportButton } from '#parts/list/export-button.tsx';
import { useLocal } from '#parts/local.ts';
import { PageHeader } from '#parts/page-header.tsx';
import { PlaceSelect } from '#parts/place-select.tsx';
import { QueryCard } from '#parts/query-card.tsx';
import { useFormat } from '#parts/time.ts';
import { AppLink, useGo } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay, useSession } from '#shell/session.tsx';
import { first, useUrlState } from '#shell/url-state.ts';
import '../ledger.css';

type Gaps = Answer<'/api/assets/gaps'>;
type Gap = Gaps['items'][number];

const GROUPS: Readonly<Record<'duty' | 'coverage' | 'deadline' | 'exposure' | 'marks', readonly Gap['gap'][]>> = {
  duty: ['unclaimed', 'no_holder', 'no_person'],
  coverage: ['silent', 'unscanned', 'unlisted', 'ungraded', 'not_filed', 'old_form'],
  deadline: ['assessment_overdue', 'certificate', 'due_soon'],
  exposure: ['exposed', 'risky_port', 'weak_protocol'],
  marks: ['shadow', 'zombie', 'outside', 'stale'],
};

/** What the ledger lacks, and what to do about each. */
function GapsPage() {
  const { t } = useTranslation();
  const [url, patch] = useUrlState();
  const ownUnitOnly = useSession().scope.side === 'unit';
  const unit = first(url.unit);
  const answer = useGet<Gaps>('/api/assets/gaps', { unit }, { keepPrevious: true });
  const actions = (
    <>
      {!ownUnitOnly && (
        <PlaceSelect label={t('ledger.place')} value={unit} onChange={(path) => patch({ unit: path }, 'push')} />
      )}
      <ExportButton url="/api/assets/gaps/export" permission="asset.read" query={{ unit }} />
    </>
  );
  const header = (
    <PageHeader title={t('gaps.title')} hint={t(ownUnitOnly ? 'gaps.hintOwn' : 'gaps.hint')} actions={actions} />
  );
  if (answer.error && !answer.data) {
    return (
      <>
        {header}
        <ErrorState error={answer.error} retry={answer.refetch} />
      </>
    );
  }
  return (
    <>
      {header}
      <div className="ta-gap-groups">
        {(['duty', 'deadline', 'coverage', 'exposure', 'marks'] as const).map((group) => (
          <QueryCard key={group} title={t(`gaps.groups.${group}`)} answer={answer}>
            {({ items, unresolved }) => (
              <ul className="ta-gaps">
                {items
                  .filter(({ gap }) => GROUPS[group].includes(gap))
                  .map((gap) => (
                    <GapLine key={gap.gap} gap={gap} unit={unit} />
                  ))}
                {group === 'coverage' && <SeenLine seen={unresolved} unit={unit} />}
              </ul>
            )}
          </QueryCard>
        ))}
      </div>
    </>
  );
}

function GapLine({ gap, unit }: { gap: Gap; unit: string | undefined }) {
  const { t } = useTranslation();
  const local = useLocal();
  const format = useFormat();
  const may = useMay();
  const go = useGo();
  const number = format.number(gap.assets);
  const there = unit === undefined ? '' : `&unit=${encodeURIComponent(unit)}`;
  return (
    <li>
      <div className="ta-gap-number">
        {gap.assets === 0 ? (
          <span className="ta-quiet">0</span>
        ) : (
          <AppLink to={`/assets?gap=${gap.gap}${there}`}>{gap.more ? `${number}+` : number}</AppLink>
        )}
      </div>
      <div>
        <strong>{local(gap.title)}</strong>
        <div className="ta-quiet">{local(gap.hint)}</div>
      </div>
      {gap.assets > 0 && (
        <Space size={4} wrap>
          {may('asset.campaign') && (
            <Button size="small" onClick={() => go(`/campaigns?start=${gap.gap}${there}`)}>
              {t('gaps.campaign')}
            </Button>
          )}
          {may('order.draft') && (
            <Button size="small" onClick={() => go(`/orders/new?gap=${gap.gap}${there}`)}>
              {t('gaps.order')}
            </Button>
          )}
        </Space>
      )}
    </li>
  );
}

/** What was seen and is of no asset: nobody to be asked about it is known but the unit where it was seen. */
function SeenLine({ seen, unit }: { seen: Gaps['unresolved']; unit: string | undefined }) {
  const { t } = useTranslation();
  const local = useLocal();
  const format = useFormat();
  const may = useMay();
  const go = useGo();
  const number = format.number(seen.observations);
  const there = unit === undefined ? '' : `&unit=${encodeURIComponent(unit)}`;
  return (
    <li>
      <div className="ta-gap-number">
        {seen.observations === 0 ? (
          <span className="ta-quiet">0</span>
        ) : (
          <AppLink to={`/assets/observations?unresolved=true${there}`}>{seen.more ? `${number}+` : number}</AppLink>
        )}
      </div>
      <div>
        <strong>{local(seen.title)}</strong>
        <div className="ta-quiet">{local(seen.hint)}</div>
      </div>
      {seen.observations > 0 && may('order.draft') && (
        <Button size="small" onClick={() => go(`/orders/new?gap=unresolved${there}`)}>
          {t('gaps.order')}
        </Button>
      )}
    </li>
  );
}

export const page: PageDefinition = {
  path: '/assets/gaps',
  title: 'gaps.title',
  permission: 'asset.read',
  menu: { group: 'ledger', order: 12 },
  Page: GapsPage,
};
