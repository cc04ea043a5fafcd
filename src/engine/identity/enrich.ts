import { COLUMN_FIELDS } from '../fields/aliases.ts';
import { COLUMNS } from '../fields/dictionary.ts';
import type { SecurityEvent } from '../fields/event.ts';
import type { AssetIndex, EventQuestion } from './asset-index.ts';
import { NOBODY } from './ranges.ts';
import { isObserver, ofAMachine, placeAbove } from './subject.ts';

type Fields = SecurityEvent['fields'];

const namesOf = (column: string): readonly string[] => COLUMN_FIELDS[column] ?? [];
const HOST = namesOf('host');
const SOURCE = namesOf('source_ip');
const DESTINATION = namesOf('destination_ip');
const DOMAINS = ['url_domain', 'destination_host'].map(namesOf);

/** Names of the fields that the ledger tells. */
const TOLD = COLUMNS.flatMap(({ column, ledger }) => (ledger ? namesOf(column) : []));

/** What of an event the ledger is asked about. */
type About = Pick<SecurityEvent, 'fields' | 'logsource' | 'unitPath' | 'timeMs'>;

const NOTHING: Readonly<Record<string, string>> = {};

/** Assets whose fields are kept ready. */
const READY_MAX = 20_000;

function textIn(fields: Fields, names: readonly string[]): string {
  for (const name of names) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (typeof value === 'string' && value !== '') return value.trim();
  }
  return '';
}

function domainIn(fields: Fields): string {
  for (const names of DOMAINS) {
    const name = textIn(fields, names);
    if (name.includes('.')) return name;
  }
  return '';
}

/** Without what only the ledger may say: a sender could write it, too. */
function withoutTold(fields: Fields): Fields {
  if (!TOLD.some((name) => Object.hasOwn(fields, name))) return fields;
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !TOLD.includes(name)));
}

/**
 * Writes to each event which asset it is about, as the ledger knows it: the asset, its unit, its information system and
 * who answers for it.
 */
export class Enricher {
  readonly #index: AssetIndex;
  readonly #ready = new Map<number, Readonly<Record<string, string>>>();

  constructor(index: AssetIndex) {
    this.#index = index;
  }

  /** @param sender address or name of the peer that sent it: the machine of an event that names none */
  enrich(event: SecurityEvent, sender: string): SecurityEvent {
    const own = withoutTold(event.fields);
    const told = this.tell({ ...event, fields: own }, sender);
    if (told !== NOTHING) return { ...event, fields: { ...own, ...told } };
    return own === event.fields ? event : { ...event, fields: own };
  }

  /** What the ledger tells of an event, by field. @param event without what only the ledger may say */
  tell(event: About, sender: string): Readonly<Record<string, string>> {
    const asset = this.#assetOf(event, sender);
    return asset === NOBODY ? NOTHING : this.#toldOf(asset);
  }

  /**
   * What the ledger is asked, in this order. An ordinary machine writes about itself. An observer (firewall, sensor) never
   * does: it is the addressed or else the calling machine, in its own unit or, because exits are shared, in the place
   * around it; the ledger answers only when exactly one asset fits.
   */
  #assetOf({ fields, logsource, unitPath, timeMs: atMs }: About, sender: string): number {
    const find = (asked: Partial<EventQuestion>): number =>
      this.#index.find({ host: '', address: '', domain: '', unitPath, atMs, ...asked });
    const addressed = { address: ofAMachine(textIn(fields, DESTINATION)), domain: domainIn(fields) };
    const calling = { address: ofAMachine(textIn(fields, SOURCE)) };
    if (isObserver(logsource)) {
      for (const place of [unitPath, placeAbove(unitPath)]) {
        for (const question of [addressed, calling]) {
          const asset = find({ ...question, unitPath: place });
          if (asset !== NOBODY) return asset;
        }
      }
      return NOBODY;
    }
    const host = textIn(fields, HOST);
    for (const question of [host === '' ? { address: ofAMachine(sender) } : { host }, addressed, calling]) {
      const asset = find(question);
      if (asset !== NOBODY) return asset;
    }
    return NOBODY;
  }

  #toldOf(asset: number): Readonly<Record<string, string>> {
    const known = this.#ready.get(asset);
    if (known !== undefined) return known;
    if (this.#ready.size >= READY_MAX) this.#ready.clear();
    const { id, name, unitPath, supervisedBy, operatedBy, usedBy } = this.#index.asset(asset);
    const system = this.#index.systemOf(asset);
    const { id: systemId = '', name: systemName = '' } = system === NOBODY ? {} : this.#index.asset(system);
    const values: Record<string, string> = {
      asset_id: id,
      asset_name: name,
      asset_unit: unitPath,
      system_id: systemId,
      system_name: systemName,
      supervised_by: supervisedBy,
      operated_by: operatedBy,
      used_by: usedBy,
    };
    const told = Object.fromEntries(
      Object.entries(values).flatMap(([column, value]) => {
        const [field] = namesOf(column);
        return field === undefined || value === '' ? [] : [[field, value] as const];
      }),
    );
    this.#ready.set(asset, told);
    return told;
  }
}
