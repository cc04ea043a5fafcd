import { FlowDecoder } from '#engine/formats/netflow/decode.ts';
import type { Config } from '#platform/config.ts';
import type { Log } from '#platform/log.ts';
import type { Health } from '../health.ts';
import type { Intake } from '../intake.ts';
import type { Registry } from '../registry.ts';
import { type Gathering, type Listening, listenUdp } from './udp-listener.ts';

export interface NetflowParts {
  readonly config: Config['netflow'];
  readonly intake: Intake;
  readonly registry: Registry;
  readonly health: Health;
  readonly log: Log;
}

export interface NetflowListener extends Listening {
  /** Records about exporters themselves that were passed over since the start. */
  readonly optionsIgnored: number;
}

/** Starts to take NetFlow 5, 9 and IPFIX, where the configuration names a port. Every flow becomes one event. */
export async function startNetflow(parts: NetflowParts): Promise<NetflowListener | undefined> {
  const { host, port } = parts.config;
  if (port === undefined) return undefined;
  const decoder = new FlowDecoder();
  const counts = { optionsIgnored: 0 };
  const listening = await listenUdp({
    name: 'netflow',
    setting: 'netflow.port',
    host,
    port,
    log: parts.log,
    async keep(gathering) {
      for (const [address, datagrams] of gathering.messages) {
        counts.optionsIgnored += await keepFlows(parts, decoder, address, datagrams);
      }
      await countLost(parts, gathering);
    },
  });
  return {
    ...listening,
    get optionsIgnored() {
      return counts.optionsIgnored;
    },
  };
}

/** @returns records about the exporter itself */
async function keepFlows(
  { intake, registry, health, log }: NetflowParts,
  decoder: FlowDecoder,
  address: string,
  datagrams: readonly Buffer[],
): Promise<number> {
  const source = await registry.byAddress('netflow', address);
  if (source === undefined) {
    health.turnedAway('netflow', address, 'sender.unknown', datagrams.length);
    return 0;
  }
  const lines: Buffer[] = [];
  let options = 0;
  for (const datagram of datagrams) {
    const { flows, lost, noTemplate, options: about, fault } = decoder.decode(address, datagram);
    for (const flow of flows) lines.push(Buffer.from(JSON.stringify(flow)));
    options += about;
    if (lost > 0) health.rejected(source, 'netflow.lost', lost);
    if (noTemplate > 0) health.rejected(source, 'netflow.no_template', noTemplate);
    if (fault !== '') {
      health.rejected(source, 'netflow.malformed');
      log.debug({ exporter: address, fault }, 'a datagram of flows could not be read to its end');
    }
  }
  await intake.accept(source, lines, address).catch((error: unknown) => intake.refused(source, error, lines.length));
  return options;
}

async function countLost({ registry, health }: NetflowParts, gathering: Gathering): Promise<void> {
  for (const [address, count] of gathering.lost) {
    const source = await registry.byAddress('netflow', address);
    if (source === undefined) health.turnedAway('netflow', address, 'sender.unknown', count);
    else health.rejected(source, 'udp_overflow', count);
  }
}
