import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

/** Three to four lines on a phone. */
const SHOWN = 160;
/** Less is shown rather than hidden behind a button of its own length. */
const WORTH_HIDING = 40;

/** @returns where a text is cut: between words where there are any */
function cutAt(text: string): number {
  const space = text.lastIndexOf(' ', SHOWN);
  return space > SHOWN / 2 ? space : SHOWN;
}

/** A text that may be very long (a remark, a hundred addresses): its beginning, and the rest on demand. */
export function LongText({ text }: { text: string }) {
  const { t } = useTranslation();
  const [whole, setWhole] = useState(false);
  if (text.length <= SHOWN + WORTH_HIDING) return text;
  return (
    <>
      {whole ? text : `${text.slice(0, cutAt(text)).trimEnd()}…`}{' '}
      <Button type="link" size="small" aria-expanded={whole} onClick={() => setWhole(!whole)}>
        {whole ? t('parts.longText.less') : t('parts.longText.more')}
      </Button>
    </>
  );
}
