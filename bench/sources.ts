import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadSources, normaliser } from '#domain/telemetry/index.ts';
import { type EcsDocument, toEcs } from '#engine/fields/ecs.ts';
import { readSamples, type Sample } from './sources/samples.ts';
import { speedOf } from './sources/speed.ts';

/**
 * The kind an operator would choose for a listener that takes nothing but this product. It matters only for lines whose
 * syslog header is gone, so that nothing in them says what wrote them.
 */
const CONFIGURED: Readonly<Record<string, string>> = {
  apache: 'apache-access',
  'audit-log': 'kubernetes-audit',
  auditbeat: 'elastic-ecs',
  'aws-cloudtrail': 'aws-cloudtrail',
  bind: 'isc-bind',
  checkpoint: 'checkpoint-firewall',
  'cisco-ios': 'cisco-ios',
  'cisco-secure-firewall': 'cisco-asa',
  dhcpd: 'isc-dhcpd',
  'f5-big-ip': 'f5-bigip',
  fortigate: 'fortinet-fortigate',
  freeradius: 'freeradius-server',
  haproxy: 'haproxy-http',
  'juniper-ngfw': 'juniper-srx',
  kaspersky_endpoint_security: 'kaspersky-endpoint',
  'keycloak-events': 'keycloak-events',
  netfilter: 'linux-netfilter',
  netflow: 'netflow-record',
  nginx: 'nginx-access',
  openldap: 'openldap-server',
  openssh: 'linux-sshd',
  openvpn: 'openvpn-server',
  'paloalto-ngfw': 'paloalto-panos',
  postfix: 'postfix-mail',
  squid: 'squid-proxy',
  suricata: 'suricata-eve',
  unbound: 'nlnet-unbound',
  'vmware-esxi': 'vmware-esxi',
  windows: 'microsoft-windows',
  winlogbeat: 'microsoft-windows',
};

type Verdict = 'agreed' | 'missed' | 'different';

interface Tally {
  samples: number;
  recognised: number;
  byContent: number;
  expected: number;
  agreed: number;
  readonly kinds: Set<string>;
  readonly faults: Map<string, { count: number; verdict: Verdict; example: string }>;
}

/**
 * Compares what the sources make of sample lines with the ECS fields expected of them, field by field, and measures the
 * time a line takes. The samples are a yardstick and no oracle: differences are shown with examples to be judged.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      samples: { type: 'string', default: '../shared/data/intake-samples' },
      faults: { type: 'string', default: '6' },
    },
  });
  const speed = await speedOf();
  const folder = resolve(values.samples);
  if (!existsSync(folder)) {
    process.stdout.write(
      `no samples in ${folder}: only the time a line takes was measured (--samples DIR names another folder)\n`,
    );
    process.stdout.write(`${JSON.stringify({ bench: 'sources', samples: 0, ...speed })}\n`);
    return;
  }
  const tallies = new Map<string, Tally>();
  const judge = await judgeOf();
  for (const sample of readSamples(folder)) judge(sample, tallyOf(tallies, sample.product));
  report(tallies, Number(values.faults), speed);
}

function tallyOf(tallies: Map<string, Tally>, product: string): Tally {
  const known = tallies.get(product);
  if (known !== undefined) return known;
  const fresh: Tally = {
    samples: 0,
    recognised: 0,
    byContent: 0,
    expected: 0,
    agreed: 0,
    kinds: new Set(),
    faults: new Map(),
  };
  tallies.set(product, fresh);
  return fresh;
}

async function judgeOf(): Promise<(sample: Sample, tally: Tally) => void> {
  const sources = await loadSources();
  const normalise = normaliser(sources, 'UTC');
  const receivedAtMs = Date.now();
  return ({ text, product, expected }, tally) => {
    const line = { id: 's-0', text, receivedAtMs, unitPath: '/', sender: '', sourceHint: '' };
    const byContent = normalise(line);
    const known = !VAGUE.has(byContent.source);
    const event = known ? byContent : normalise({ ...line, sourceHint: CONFIGURED[product] ?? '' });
    const source = sources.get(event.source);
    tally.samples++;
    if (known) tally.byContent++;
    if (source !== undefined && event.source !== 'linux-syslog') tally.recognised++;
    tally.kinds.add(event.source);
    const onlooker = source?.watches.includes('network') ?? false;
    const document = toEcs(event, { vendor: source?.vendor ?? '', product: source?.product ?? '', onlooker });
    for (const [name, wanted] of expected) note(tally, name, wanted, document, text);
  };
}

/** Kinds that say only that nobody more exact was found. */
const VAGUE = new Set(['unparsed', 'linux-syslog']);

function note(tally: Tally, name: string, wanted: readonly string[], document: EcsDocument, text: string): void {
  const given = document[name];
  const verdict = verdictOf(wanted, given);
  tally.expected++;
  if (verdict === 'agreed') {
    tally.agreed++;
    return;
  }
  const fault = tally.faults.get(`${name} ${verdict}`);
  if (fault !== undefined) fault.count++;
  else {
    const example = `expected ${wanted.join('|').slice(0, 60)}, got ${String(given ?? 'nothing').slice(0, 60)} in ${text.slice(0, 90)}`;
    tally.faults.set(`${name} ${verdict}`, { count: 1, verdict, example: example.replaceAll('\n', ' ') });
  }
}

function verdictOf(wanted: readonly string[], given: EcsDocument[string] | undefined): Verdict {
  if (given === undefined) return 'missed';
  const values = typeof given === 'string' ? [given] : given;
  return wanted.every((value) => values.some((other) => same(value, other))) ? 'agreed' : 'different';
}

/** Texts by letters in any case, times by the instant, numbers by value. */
function same(left: string, right: string): boolean {
  if (left.trim().toLowerCase() === right.trim().toLowerCase()) return true;
  if (/^\d{4}-\d\d-\d\dT/.test(left))
    return Math.floor(Date.parse(left) / 1000) === Math.floor(Date.parse(right) / 1000);
  return /^-?\d+(?:\.\d+)?$/.test(left) && /^-?\d+(?:\.\d+)?$/.test(right) && Number(left) === Number(right);
}

function report(tallies: ReadonlyMap<string, Tally>, faultsMax: number, speed: object): void {
  const perSource: Record<string, object> = {};
  const all = { samples: 0, recognised: 0, byContent: 0, fieldsExpected: 0, fieldsAgreed: 0 };
  for (const [product, tally] of tallies) {
    const { samples, recognised, byContent, expected, agreed } = tally;
    const share = expected === 0 ? 1 : agreed / expected;
    process.stdout.write(
      `${product.padEnd(28)} ${String(samples).padStart(4)} lines ${String(recognised).padStart(4)} known (${byContent} by content) ` +
        `${String(agreed).padStart(5)} of ${String(expected).padStart(5)} fields ${(share * 100).toFixed(1).padStart(5)} %  ${[...tally.kinds].join(', ')}\n`,
    );
    const worst = [...tally.faults].sort((a, b) => b[1].count - a[1].count).slice(0, faultsMax);
    for (const [name, { count, example }] of worst) process.stdout.write(`    ${count} × ${name}: ${example}\n`);
    perSource[product] = { samples, recognised, byContent, expected, agreed, agreement: Number(share.toFixed(4)) };
    all.samples += samples;
    all.recognised += recognised;
    all.byContent += byContent;
    all.fieldsExpected += expected;
    all.fieldsAgreed += agreed;
  }
  const agreement = Number((all.fieldsAgreed / Math.max(1, all.fieldsExpected)).toFixed(4));
  process.stdout.write(`${JSON.stringify({ bench: 'sources', ...all, agreement, perSource, ...speed })}\n`);
}
