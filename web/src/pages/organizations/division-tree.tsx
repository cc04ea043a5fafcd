import { Tree, type TreeDataNode } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { Section } from '#parts/section.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { first, useUrlState } from '#shell/url-state.ts';
import type { Division } from './answers.ts';

interface Node extends TreeDataNode {
  readonly key: string;
  readonly units: number;
  children: Node[];
}

export const divisionName = (division: Pick<Division, 'name' | 'nameEn'>, language: string): string =>
  language === 'en' ? (division.nameEn ?? division.name) : division.name;

/** Divisions as a tree; each counts the units in it and below. */
function treeOf(divisions: readonly Division[], language: string): Node[] {
  const nodes = new Map<string, Node>();
  const roots: Node[] = [];
  for (const division of divisions) {
    const node: Node = { key: division.code, title: '', units: division.units, children: [] };
    nodes.set(division.code, node);
    const parent = division.parentCode === null ? undefined : nodes.get(division.parentCode);
    (parent?.children ?? roots).push(node);
  }
  const sum = (node: Node): number => node.units + node.children.reduce((total, child) => total + sum(child), 0);
  for (const division of divisions) {
    const node = nodes.get(division.code);
    if (!node) continue;
    const units = sum(node);
    node.title = (
      <span className="ta-division">
        {divisionName(division, language)}
        {units > 0 && <span className="ta-quiet">{units}</span>}
      </span>
    );
  }
  return roots;
}

/** The tree beside the list: choosing a division limits the list to it. */
export function DivisionTree() {
  const { t, i18n } = useTranslation();
  const { data, error, refetch } = useGet<{ items: readonly Division[] }>('/api/divisions');
  const [url, patch] = useUrlState();
  const chosen = first(url.division);
  const tree = useMemo(() => treeOf(data?.items ?? [], i18n.language), [data, i18n.language]);
  if (error) return <ErrorState error={error} retry={refetch} />;
  return (
    <Section title={t('organizations.divisions')}>
      {data ? (
        <Tree<Node>
          blockNode
          aria-label={t('organizations.divisions')}
          treeData={tree}
          defaultExpandedKeys={tree.map((node) => node.key)}
          selectedKeys={chosen ? [chosen] : []}
          onSelect={([key]) => patch({ division: key === undefined ? undefined : String(key), page: undefined })}
        />
      ) : (
        <LinesSkeleton rows={8} />
      )}
    </Section>
  );
}
