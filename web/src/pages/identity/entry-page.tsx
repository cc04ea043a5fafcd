import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseLanguage } from '#shell/i18n.ts';
import iconUrl from '#shell/icon.svg?url';
import './identity.css';

/** The calm frame of pages before the sign-in: the platform's sign and name, one card, nothing else. */
export function EntryPage(props: { name?: string | null | undefined; wide?: boolean; children: ReactNode }) {
  const { t, i18n } = useTranslation();
  return (
    <div className="ta-entry">
      <div className="ta-entry-top">
        <Button type="text" onClick={() => void chooseLanguage(i18n.language === 'en' ? 'zh' : 'en')}>
          {t('identity.signIn.language')}
        </Button>
      </div>
      <div className="ta-entry-middle">
        <section className={props.wide ? 'ta-entry-card ta-entry-card-wide' : 'ta-entry-card'}>
          <header className="ta-entry-name">
            <img src={iconUrl} alt="" width={48} height={48} />
            <h1>{i18n.language === 'en' ? "Tong'an 统安" : "统安 Tong'an"}</h1>
            <p className="ta-quiet">{props.name ?? t('shell.tagline')}</p>
          </header>
          {props.children}
        </section>
      </div>
      <p className="ta-entry-foot ta-quiet">{t('shell.tagline')}</p>
    </div>
  );
}
