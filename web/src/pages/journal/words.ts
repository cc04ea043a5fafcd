import { useTranslation } from 'react-i18next';
import type { Entry } from './answers.ts';

/** The verb of an action in the reader's language. */
export function useVerb(): (action: string) => string {
  const { t } = useTranslation();
  return (action) => t(`parts.verb.${action}`, { defaultValue: action });
}

/** What kind of object an entry is about. */
export function useObjectName(): (type: string) => string {
  const { t } = useTranslation();
  return (type) => t(`journal.object.${type}`, { defaultValue: type });
}

/** Who acted; the platform itself has no name of a person. */
export function useActorName(): (entry: Pick<Entry, 'actor'>) => string {
  const { t } = useTranslation();
  return ({ actor }) => {
    if (actor.kind === 'system') return t('journal.system');
    return actor.kind === 'token' ? `${actor.name} · ${t('journal.token')}` : actor.name;
  };
}
