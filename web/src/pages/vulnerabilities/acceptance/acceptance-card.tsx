import { useTranslation } from 'react-i18next';
import { type Paged, useGet } from '#api/hooks.ts';
import { Facts } from '#parts/facts.tsx';
import { Section } from '#parts/section.tsx';
import { StateTag } from '#parts/tags.tsx';
import { dateText } from '#parts/time.ts';
import type { Acceptance } from '../answers.ts';
import { TONE } from './tone.ts';

/** What was asked for last about a vulnerability that cannot be mended, who decides it, and until when it holds; nothing where nobody asked. */
export function AcceptanceCard({ issueId }: { issueId: string }) {
  const { t } = useTranslation();
  const { data } = useGet<Paged<Acceptance>>('/api/vulnerabilities/acceptances', { issue: issueId, pageSize: 1 });
  const request = data?.items[0];
  if (request === undefined) return null;
  return (
    <Section
      title={t('acceptance.title')}
      extra={<StateTag tone={TONE[request.state]}>{t(`acceptance.state.${request.state}`)}</StateTag>}
    >
      <Facts
        facts={[
          { label: t('acceptance.expiresAt'), value: dateText(request.expiresAt) },
          { label: t('acceptance.approver'), value: request.approver },
          { label: t('acceptance.askedBy'), value: request.askedBy },
          { label: t('acceptance.why'), value: request.reason },
          { label: t('acceptance.compensation'), value: request.compensation },
          request.decidedBy !== '' && { label: t('acceptance.decidedBy'), value: request.decidedBy },
          request.decision !== '' && { label: t('acceptance.opinion'), value: request.decision },
        ]}
      />
    </Section>
  );
}
