import { apiCall, eve, nginx, sshAccepted, sudo, usg, windows } from './lines.ts';
import type { Chance } from './random.ts';

/** A line and the source that sends it. */
export interface DemoLine {
  readonly source: string;
  readonly text: string;
}

const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.54',
  'Mozilla/5.0 (X11; Linux x64; rv:132.0) Gecko/20100101 Firefox/132.0',
];
const PAGES = [
  '/',
  '/index.html',
  '/zwgk/index.html',
  '/bsfw/list?page=2',
  '/css/site.css',
  '/js/app.js',
  '/api/notice?id=1024',
  '/images/logo.png',
  '/search?q=社保',
];
const WEB_SOURCES = ['hr-web', 'lz-web', 'gl-web'];
const LINUX_HOSTS = [
  { source: 'hr-linux', host: 'hr-portal-01' },
  { source: 'lz-linux', host: 'lz-traffic-01' },
  { source: 'bh-linux', host: 'bh-water-01' },
];

const visitor = (chance: Chance): string => `10.${64 + chance.below(20)}.${chance.below(250)}.${1 + chance.below(250)}`;

function visit(at: Date, chance: Chance): DemoLine {
  const target = encodeURI(chance.pick(PAGES));
  const request = {
    from: visitor(chance),
    method: 'GET',
    target,
    status: chance.next() < 0.97 ? 200 : 304,
    bytes: 500 + chance.below(40_000),
    agent: chance.pick(AGENTS),
  };
  return { source: chance.pick(WEB_SOURCES), text: nginx(at, request) };
}

function session(at: Date, chance: Chance): DemoLine {
  const permitted = chance.next() < 0.9;
  const between = {
    from: visitor(chance),
    to: `100.100.${chance.below(200)}.${1 + chance.below(250)}`,
    fromPort: 20_000 + chance.below(30_000),
    toPort: chance.pick([80, 443, 443, 53]),
  };
  return {
    source: 'region-firewall',
    text: usg(at, 'GX-FW-01', { ...between, action: permitted ? 'permit' : 'deny', bytes: 200 + chance.below(9000) }),
  };
}

function maintenance(at: Date, chance: Chance): DemoLine {
  const { source, host } = chance.pick(LINUX_HOSTS);
  if (chance.next() < 0.5) return { source, text: sudo(at, host, 'ops', '/usr/bin/systemctl status nginx') };
  return { source, text: sshAccepted(at, host, 'ops', '10.70.1.15', 40_000 + chance.below(9000)) };
}

function logon(at: Date, chance: Chance): DemoLine {
  const data = {
    TargetUserName: chance.pick(['svc_report', 'clerk01', 'clerk02']),
    TargetDomainName: 'HR',
    LogonType: chance.pick(['3', '5']),
    IpAddress: '10.71.10.15',
    LogonProcessName: 'Kerberos',
    AuthenticationPackageName: 'Kerberos',
  };
  return { source: 'hr-windows', text: windows(at, 'HR-APP-02', 'Security', 4624, data) };
}

function flow(at: Date, chance: Chance): DemoLine {
  const body = {
    event_type: 'flow',
    src_ip: visitor(chance),
    src_port: 30_000 + chance.below(9000),
    dest_ip: '10.72.10.40',
    dest_port: 443,
    app_proto: 'tls',
    flow: { pkts_toserver: 12, pkts_toclient: 14, bytes_toserver: 2100, bytes_toclient: 9000, state: 'closed' },
  };
  return { source: 'edu-ids', text: eve(at, body) };
}

function call(at: Date, chance: Chance): DemoLine {
  const rows = 1 + chance.below(5);
  return {
    source: 'health-api',
    text: apiCall(at, chance.below(1_000_000), {
      caller: 'hospital-his',
      callerUnit: '南宁卫健',
      from: '10.73.20.15',
      interfaceId: 'health-record-query',
      interfaceName: '居民健康档案查询',
      path: '/v1/records',
      query: `page=${chance.below(50)}`,
      rows,
      sensitive: { id_card: rows },
      declared: ['id_card'],
      sample: '4501**********123*',
    }),
  };
}

const KINDS = [visit, visit, visit, visit, session, session, session, maintenance, logon, flow, call];

/** Everyday traffic: `count` lines at this moment. */
export const everyday = (at: Date, count: number, chance: Chance): DemoLine[] =>
  Array.from({ length: count }, () => chance.pick(KINDS)(at, chance));
