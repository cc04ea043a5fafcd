import type { Generated } from 'kysely';
import type { DutyRole, DutyState } from './store.ts';

interface AssetDutyTable {
  id: string;
  asset_id: string;
  unit_path: string;
  role: DutyRole;
  holder_id: string | null;
  holder_name: string;
  person: Generated<string>;
  from_on: string;
  until_on: string | null;
  basis: Generated<string>;
  state: DutyState;
  note: Generated<string>;
  decided_by_name: Generated<string>;
  decided_at: Date | null;
  created_at: Date;
  ended_at: Date | null;
}

interface AssetCampaignTable {
  id: string;
  unit_path: string;
  title: string;
  instructions: string;
  state: 'running' | 'closed';
  gap: string;
  due_on: string;
  started_at: Date;
  started_by_name: string;
  closed_at: Date | null;
}

interface AssetCampaignUnitTable {
  campaign_id: string;
  unit_path: string;
  title: string;
  instructions: string;
  due_on: string;
  state: 'asked' | 'answering' | 'done' | 'closed';
  started_at: Date;
  assets: number;
  confirmed: Generated<number>;
  rejected: Generated<number>;
  reminders: Generated<number>;
  reminded_at: Date | null;
  finished_at: Date | null;
  finished_by_name: Generated<string>;
}

interface AssetCampaignItemTable {
  campaign_id: string;
  asset_id: string;
  unit_path: string;
  answer: '' | 'confirmed' | 'rejected';
  note: string;
  answered_at: Date | null;
  answered_by_name: string;
}

interface AssetTallyTable {
  unit_path: string;
  class: string;
  kind: string;
  state: string;
  protection_level: number;
  importance: string;
  critical: boolean;
  duty: string;
  assets: number;
}

declare module '#platform/postgres/database.ts' {
  interface Database {
    asset_duty: AssetDutyTable;
    asset_campaign: AssetCampaignTable;
    asset_campaign_unit: AssetCampaignUnitTable;
    asset_campaign_item: AssetCampaignItemTable;
    asset_tally: AssetTallyTable;
  }
}
