import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet, useSend } from '#api/hooks.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { useLocal } from '#parts/local.ts';
import { QueryCard } from '#parts/query-card.tsx';
import { AppLink } from '#shell/link.tsx';
import { useMay } from '#shell/session.tsx';
import type { Asset } from '../answers.ts';
import { useModel } from '../model.ts';
import { type Graph, type Impact, placeGraph } from './layout.ts';
import { RelateDialog } from './relate-dialog.tsx';
import { RelationGraph } from './relation-graph.tsx';

/** What an asset is connected with: a picture, and the relations in words. */
export function RelationsCard({ asset }: { asset: Asset }) {
  const { t } = useTranslation();
  const may = useMay();
  const { model } = useModel();
  const [adding, setAdding] = useState(false);
  const answer = useGet<Graph>(`/api/assets/${asset.id}/graph`);
  const impactOf = (kind: string): Impact => model?.relations.find((one) => one.kind === kind)?.impact ?? 'both';
  const add = may('asset.manage') && (
    <Button size="small" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
      {t('relations.add')}
    </Button>
  );
  return (
    <>
      <QueryCard title={t('relations.title')} extra={add} answer={answer}>
        {(graph) =>
          graph.edges.length === 0 ? (
            <EmptyState title={t('relations.none')} hint={t('relations.noneHint')} />
          ) : (
            <>
              <RelationGraph
                placed={placeGraph(graph, asset.id, impactOf)}
                graph={graph}
                id={asset.id}
                label={t('relations.graph', { name: asset.name, count: graph.nodes.length - 1 })}
              />
              {graph.truncated && <p className="ta-quiet">{t('relations.truncated')}</p>}
              <Lines graph={graph} id={asset.id} />
            </>
          )
        }
      </QueryCard>
      {adding && <RelateDialog asset={asset} onClose={() => setAdding(false)} />}
    </>
  );
}

/** The relations of the asset itself, each with the way to end it. */
function Lines({ graph, id }: { graph: Graph; id: string }) {
  const { t } = useTranslation();
  const local = useLocal();
  const may = useMay();
  const { model, classOf } = useModel();
  const end = useSend<string>('POST', (edge) => `/api/assets/relations/${edge}/end`, {
    invalidate: [`/api/assets/${id}`],
    done: t('relations.ended'),
  });
  const own = graph.edges.filter(({ fromId, toId }) => fromId === id || toId === id);
  return (
    <>
      <strong>{t('relations.own')}</strong>
      <ul className="ta-relations">
        {own.map((edge) => {
          const definition = model?.relations.find(({ kind }) => kind === edge.kind);
          const other = graph.nodes.find((node) => node.id === (edge.fromId === id ? edge.toId : edge.fromId));
          if (!definition || !other) return null;
          const shown = classOf(other.class);
          return (
            <li key={edge.id}>
              <span className="ta-quiet">{local(edge.fromId === id ? definition.title : definition.back)}</span>
              <AppLink to={`/assets/${other.id}`}>{other.name}</AppLink>
              <span className="ta-quiet">
                {shown && local(shown.title)} · {other.unit.name}
              </span>
              {may('asset.manage') && edge.fromId === id && (
                <Button type="text" size="small" onClick={() => end.mutate(edge.id)}>
                  {t('relations.end')}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
}
