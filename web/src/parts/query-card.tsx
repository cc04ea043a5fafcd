import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ApiError } from '../api/client.ts';
import { EmptyState } from './empty-state.tsx';
import { ErrorState } from './error-state.tsx';
import { Section } from './section.tsx';
import { LinesSkeleton } from './skeleton.tsx';

interface QueryCardProps<T> {
  readonly title: ReactNode;
  readonly extra?: ReactNode;
  readonly answer: UseQueryResult<T, ApiError>;
  /** Shown when `isEmpty` says so. */
  readonly empty?: { readonly title: ReactNode; readonly hint?: ReactNode };
  readonly isEmpty?: (data: T) => boolean;
  readonly children: (data: T) => ReactNode;
}

/** A block of a page that reads something of its own: with its own loading, error and empty state. */
export function QueryCard<T>({ title, extra, answer, empty, isEmpty, children }: QueryCardProps<T>) {
  const { data, error } = answer;
  return (
    <Section title={title} extra={extra}>
      {data === undefined ? (
        error ? (
          <ErrorState error={error} retry={answer.refetch} />
        ) : (
          <LinesSkeleton rows={6} />
        )
      ) : empty && isEmpty?.(data) ? (
        <EmptyState {...empty} />
      ) : (
        children(data)
      )}
    </Section>
  );
}
