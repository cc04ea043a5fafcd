import type { Generated } from 'kysely';

interface AccountTable {
  id: string;
  login: string;
  name: string;
  unit_id: string | null;
  centre_id: string | null;
  unit_path: string;
  roles: string[];
  state: 'active' | 'disabled';
  must_change_password: boolean;
  totp_enabled: Generated<boolean>;
  last_sign_in_at: Date | null;
  created_at: Date;
  changed_at: Date;
}

interface AccountSecretTable {
  account_id: string;
  password_hash: string;
  password_set_at: Date;
  totp_sealed: string | null;
  totp_pending_sealed: string | null;
  totp_step: Generated<number>;
}

interface AccountPasswordHistoryTable {
  account_id: string;
  password_hash: string;
  set_at: Date;
}

interface AccountRecoveryCodeTable {
  code_hash: string;
  account_id: string;
  used_at: Date | null;
}

interface SessionTable {
  id: string;
  token_hash: string;
  account_id: string;
  created_at: Date;
  last_seen_at: Date;
  idle_seconds: number;
  expires_at: Date;
  address: string;
  agent: string;
  ended_at: Date | null;
}

interface SignInGuardTable {
  key_hash: string;
  failures: number;
  locks: number;
  locked_until: Date | null;
  last_at: Date;
}

interface ApiTokenTable {
  id: string;
  name: string;
  account_id: string;
  unit_path: string;
  permissions: string[];
  created_at: Date;
  created_by: string;
  expires_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

interface InstallationTable {
  id: number;
  name: string;
  unit_path: string;
  created_at: Date;
}

declare module '#platform/postgres/database.ts' {
  interface Database {
    account: AccountTable;
    account_secret: AccountSecretTable;
    account_password_history: AccountPasswordHistoryTable;
    account_recovery_code: AccountRecoveryCodeTable;
    session: SessionTable;
    sign_in_guard: SignInGuardTable;
    api_token: ApiTokenTable;
    api_token_secret: { token_hash: string; token_id: string };
    installation: InstallationTable;
  }
}
