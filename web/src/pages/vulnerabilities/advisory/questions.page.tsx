import { useTranslation } from 'react-i18next';
import { PageHeader } from '#parts/page-header.tsx';
import { Section } from '#parts/section.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { Questions } from './questions.tsx';
import '../vulnerabilities.css';

function QuestionsPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader title={t('advisory.questions')} hint={t('advisory.questionsHint')} />
      <Section title={t('advisory.questions')}>
        <Questions />
      </Section>
    </>
  );
}

export const page: PageDefinition = {
  path: '/vulnerabilities/questions',
  title: 'advisory.questions',
  permission: 'vulnerability.read',
  Page: QuestionsPage,
};
