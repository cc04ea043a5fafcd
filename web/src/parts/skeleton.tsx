import { Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';

/** A page that is on its way: the shape of a title and of what stands below it. */
export function PageSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t('parts.loading')} className="ta-skeleton">
      <Skeleton active title={{ width: 240 }} paragraph={{ rows: 8 }} />
    </div>
  );
}

/** The lines of a card or drawer that is on its way. */
export function LinesSkeleton({ rows = 4 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t('parts.loading')}>
      <Skeleton active title={false} paragraph={{ rows }} />
    </div>
  );
}
