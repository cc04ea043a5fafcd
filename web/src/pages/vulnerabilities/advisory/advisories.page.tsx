import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Column } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { LevelTag, StateTag } from '#parts/tags.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { useGo } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { LEVEL } from '../answers.ts';
import { AdvisoryForm } from './advisory-form.tsx';
import type { Advisory } from './answers.ts';
import '../vulnerabilities.css';

function AdvisoriesPage() {
  const { t } = useTranslation();
  const may = useMay();
  const go = useGo();
  const [creating, setCreating] = useState(false);
  const columns = useMemo<readonly Column<Advisory>[]>(
    () => [
      {
        key: 'title',
        title: t('advisory.name'),
        phone: 'title',
        render: (advisory) => (
          <span className="ta-vuln-title">
            <span>{advisory.title}</span>
            <span className="ta-quiet">{advisory.ids.join('  ')}</span>
          </span>
        ),
      },
      {
        key: 'grade',
        title: t('advisory.grade'),
        width: 96,
        render: ({ grade }) => <LevelTag level={LEVEL[grade] ?? 'low'} text={t(`vulnerabilities.grade.${grade}`)} />,
      },
      {
        key: 'affected',
        title: t('advisory.affected'),
        width: 90,
        align: 'right',
        render: ({ counts }) => counts.affected,
      },
      {
        key: 'unknown',
        title: t('advisory.unknown'),
        width: 100,
        align: 'right',
        render: ({ counts }) => counts.unknown,
      },
      {
        key: 'answered',
        title: t('advisory.asked'),
        width: 150,
        render: ({ answered, counts }) => t('advisory.answered', { answered, asked: counts.asked }),
      },
      {
        key: 'state',
        title: t('vulnerabilities.field.state'),
        width: 100,
        render: ({ state }) => (
          <StateTag tone={state === 'open' ? 'moving' : 'done'}>{t(`advisory.${state}`)}</StateTag>
        ),
      },
      {
        key: 'createdAt',
        title: t('vulnerabilities.field.firstSeenAt'),
        width: 130,
        render: ({ createdAt }) => <TimeText at={createdAt} />,
      },
    ],
    [t],
  );
  const actions = may('vulnerability.advise') && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
      {t('advisory.create')}
    </Button>
  );
  return (
    <>
      <ListPage<Advisory>
        name="advisories"
        title={t('advisory.title')}
        hint={t('advisory.hint')}
        url="/api/vulnerabilities/advisories"
        live="vulnerability_advisory"
        idOf={(advisory) => advisory.id}
        columns={columns}
        hrefOf={(id) => `/vulnerabilities/advisories/${id}`}
        actions={actions}
        empty={{ title: t('advisory.empty'), action: actions }}
      />
      {creating && (
        <AdvisoryForm onClose={() => setCreating(false)} onSaved={(id) => go(`/vulnerabilities/advisories/${id}`)} />
      )}
    </>
  );
}

export const page: PageDefinition = {
  path: '/vulnerabilities/advisories',
  title: 'advisory.title',
  permission: 'vulnerability.read',
  Page: AdvisoriesPage,
};
