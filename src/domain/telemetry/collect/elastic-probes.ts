/** What agents ask an Elasticsearch for before they deliver. */
export interface Probe {
  readonly status: number;
  readonly body: unknown;
}

/**
 * The version we answer like. Agents of series 7, 8 and 9 deliver to it with their defaults; it says which dialect we
 * speak, not that this is an Elasticsearch.
 */
const DIALECT = '8.19.0';

const BANNER = {
  name: 'tongan',
  cluster_name: 'tongan',
  cluster_uuid: 'tongan-collector-00000',
  version: {
    number: DIALECT,
    build_flavor: 'default',
    build_type: 'tongan',
    build_hash: 'unknown',
    build_date: '1970-01-01T00:00:00.000Z',
    build_snapshot: false,
    lucene_version: '9.12.0',
    minimum_wire_compatibility_version: '7.17.0',
    minimum_index_compatibility_version: '7.0.0',
  },
  // Clients refuse to talk to anything that does not answer with exactly this.
  tagline: 'You Know, for Search',
};

const LICENSE = { license: { status: 'active', uid: 'tongan', type: 'basic', mode: 'basic' } };
const FEATURE = { available: true, enabled: true };
const HEALTH = {
  cluster_name: 'tongan',
  status: 'green',
  timed_out: false,
  number_of_nodes: 1,
  number_of_data_nodes: 1,
  active_primary_shards: 1,
  active_shards: 1,
};
const NODES = {
  cluster_name: 'tongan',
  nodes: { tongan: { name: 'tongan', version: DIALECT, roles: ['data', 'ingest'], ingest: { processors: [] } } },
};

/** The answers to reading, by the first part of the path. Whatever else is asked for does not exist here. */
const READS: Readonly<Record<string, unknown>> = {
  '': BANNER,
  _license: LICENSE,
  _xpack: { build: {}, license: { ...LICENSE.license }, features: { ilm: FEATURE, monitoring: FEATURE } },
  _cluster: HEALTH,
  _nodes: NODES,
};

/** What agents set up before they deliver. It is not kept, and they need not know. */
const SET_UP = new Set([
  '_template',
  '_index_template',
  '_component_template',
  '_ilm/policy',
  '_ingest/pipeline',
  '_data_stream',
  '_cluster/settings',
  '_scripts',
]);

/** True for what an agent may set up: one of the above with a name, an index, or an index's alias, mapping or settings. */
function isSetUp(path: string): boolean {
  const [first = '', second = ''] = path.split('/');
  if (first.startsWith('_')) return SET_UP.has(first) || SET_UP.has(`${first}/${second}`);
  return first !== '' && ['', '_alias', '_aliases', '_mapping', '_settings'].includes(second);
}

/**
 * The answer to a request that is no delivery. Templates, lifecycle policies, ingest pipelines and data streams may be
 * set up and are then forgotten: events have a fixed schema and their own retention here. Asked for, they are absent, so
 * an agent sets them up at each start and goes on. Anything else is refused, so that nothing that was
 * meant to be kept is acknowledged without being kept.
 *
 * @param path below the prefix, without a leading slash
 */
export function probeAnswer(method: string, path: string): Probe {
  const [first = ''] = path.split('/');
  if (method === 'GET' && path === '_cat/health')
    return { status: 200, body: [{ cluster: 'tongan', status: 'green' }] };
  if (method === 'GET' && Object.hasOwn(READS, first)) return { status: 200, body: READS[first] };
  if (method === 'PUT' && isSetUp(path)) return { status: 200, body: { acknowledged: true } };
  const error = { type: 'resource_not_found_exception', reason: `${method} /${path} is not kept here` };
  return { status: 404, body: { error, status: 404 } };
}
