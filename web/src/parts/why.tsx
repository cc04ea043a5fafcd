import { QuestionCircleOutlined } from '@ant-design/icons';
import { Button, Popover } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

/** One reason for a decision of the platform. */
export interface Reason {
  /** What was found or applied, a sentence. */
  readonly text: ReactNode;
  /** The figures behind it: matched value, segment, criterion. */
  readonly detail?: ReactNode;
  /** Where the rule comes from: standard and clause, calendar version, rule id. */
  readonly source?: ReactNode;
}

interface WhyProps {
  /** What is explained: `为什么是这个时限`. */
  readonly title?: string;
  readonly reasons: readonly Reason[];
  /** Instead of the words 为什么. */
  readonly children?: ReactNode;
}

/** Wherever the platform decides, this opens the reasons with their sources. Shows nothing without reasons. */
export function Why({ title, reasons, children }: WhyProps) {
  const { t } = useTranslation();
  if (reasons.length === 0) return null;
  return (
    <Popover
      trigger="click"
      title={title ?? t('parts.why.title')}
      content={
        <ol className="ta-reasons">
          {Array.from(reasons.entries(), ([index, reason]) => (
            <li key={index}>
              <div>{reason.text}</div>
              {reason.detail && <div className="ta-quiet">{reason.detail}</div>}
              {reason.source && (
                <div className="ta-source">
                  {t('parts.why.source')}
                  {reason.source}
                </div>
              )}
            </li>
          ))}
        </ol>
      }
    >
      <Button
        type="link"
        size="small"
        className="ta-why"
        icon={<QuestionCircleOutlined />}
        onClick={(event) => event.stopPropagation()}
      >
        {children ?? t('parts.why.label')}
      </Button>
    </Popover>
  );
}
