import type { ColumnType, Generated } from 'kysely';
import type { IdentityClass } from '#engine/identity/keys.ts';

type Json = ColumnType<unknown, string, string>;

interface AssetZoneTable {
  id: string;
  unit_path: string;
  name: string;
  kind: 'government_extranet' | 'internet' | 'cloud' | 'unit_network';
  addressing: 'static' | 'dynamic';
  ranges: ColumnType<string[], string[], string[]>;
  remark: Generated<string>;
  retired_at: Date | null;
  changed_at: Date;
  version: Generated<number>;
}

interface AssetObservationTable {
  id: string;
  unit_path: string;
  reported_path: string;
  source: string;
  native_key: string;
  class: IdentityClass;
  zone_id: string | null;
  facts: Json;
  raw: Json;
  keys: string;
  left_out: Json;
  digest: string;
  first_seen_at: Date;
  last_seen_at: Date;
  asset_id: string | null;
  link_state: 'linked' | 'presumed' | 'unresolved' | 'withdrawn';
  link_rule: Generated<string>;
  link_keys: Generated<string>;
  linked_at: Date | null;
  on_key: Generated<string>;
  gone_at: Date | null;
}

interface AssetObservationKeyTable {
  key: string;
  observation_id: string;
}

interface AssetObservationLinkTable {
  id: string;
  observation_id: string;
  unit_path: string;
  asset_id: string;
  rule: string;
  keys: string;
  presumed: boolean;
  from_at: Date;
  until_at: Date;
  ended_by: 'rules' | 'person' | 'undo';
}

interface AssetKeyQuarantineTable {
  key: string;
  holders: number;
  found_at: Date;
  released_at: Date | null;
  released_by_name: Generated<string>;
  reason: Generated<string>;
}

interface AssetIdentityDecisionTable {
  id: string;
  unit_path: string;
  left_id: string;
  right_id: string;
  verdict: 'same' | 'different';
  reason: string;
  change_id: string | null;
  decided_at: Date;
  decided_by: string;
  decided_by_name: string;
  withdrawn_at: Date | null;
}

interface AssetIdentityChangeTable {
  id: string;
  unit_path: string;
  kind: 'merge' | 'split';
  kept_id: string;
  other_id: string;
  by_rules: boolean;
  reason: string;
  before: Json;
  kept_version: number;
  made_at: Date;
  made_by: string;
  made_by_name: string;
  undone_at: Date | null;
  undone_by_name: Generated<string>;
}

interface AssetDuplicateTable {
  left_id: string;
  right_id: string;
  unit_path: string;
  left_observation: string;
  right_observation: string;
  keys: string;
  vetoes: string;
  found_at: Date;
  settled_at: Date | null;
}

interface AssetLockTable {
  asset_id: string;
  field: string;
  unit_path: string;
  value: Json;
  locked_at: Date;
  locked_by_name: string;
}

interface AssetAddressHolderTable {
  zone: string;
  address: string;
  asset_id: string;
  unit_path: string;
  first_at: Date;
  last_at: Date;
}

interface AssetResolutionTable {
  only_one: Generated<boolean>;
  revision: number;
}

interface AssetReadingTable {
  name: string;
  until_at: Date;
}

declare module '#platform/postgres/database.ts' {
  interface Database {
    asset_zone: AssetZoneTable;
    asset_observation: AssetObservationTable;
    asset_observation_key: AssetObservationKeyTable;
    asset_observation_link: AssetObservationLinkTable;
    asset_key_quarantine: AssetKeyQuarantineTable;
    asset_identity_decision: AssetIdentityDecisionTable;
    asset_identity_change: AssetIdentityChangeTable;
    asset_duplicate: AssetDuplicateTable;
    asset_lock: AssetLockTable;
    asset_address_holder: AssetAddressHolderTable;
    asset_resolution: AssetResolutionTable;
    asset_reading: AssetReadingTable;
  }
}
