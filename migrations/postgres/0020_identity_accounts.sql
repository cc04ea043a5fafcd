-- Accounts. What proves a person (hashes, secrets, sessions) lives in tables of its own that no scope shows:
-- only the platform's sign-in and the owner's own actions reach them.
CREATE TABLE account (
  id uuid PRIMARY KEY,
  login text NOT NULL UNIQUE,
  name text NOT NULL,
  unit_id uuid REFERENCES unit (id),
  centre_id uuid REFERENCES centre (id),
  unit_path text COLLATE "C" NOT NULL,
  roles text[] NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
  must_change_password boolean NOT NULL,
  totp_enabled boolean NOT NULL DEFAULT false,
  last_sign_in_at timestamptz,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  CHECK ((unit_id IS NULL) <> (centre_id IS NULL))
);
CREATE INDEX account_unit ON account (unit_id);
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
ALTER TABLE account FORCE ROW LEVEL SECURITY;
CREATE POLICY account_scope ON account USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON account TO tongan_app;

CREATE TABLE account_secret (
  account_id uuid PRIMARY KEY REFERENCES account (id),
  password_hash text NOT NULL,
  password_set_at timestamptz NOT NULL,
  -- Encrypted with a key that is not in the database.
  totp_sealed text,
  totp_pending_sealed text,
  -- The last time step whose code was used: no code is good twice (RFC 6238, 5.2).
  totp_step bigint NOT NULL DEFAULT 0
);
CREATE TABLE account_password_history (
  account_id uuid NOT NULL REFERENCES account (id),
  password_hash text NOT NULL,
  set_at timestamptz NOT NULL
);
CREATE INDEX account_password_history_account ON account_password_history (account_id, set_at DESC);
CREATE TABLE account_recovery_code (
  code_hash text PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES account (id),
  used_at timestamptz
);
CREATE INDEX account_recovery_code_account ON account_recovery_code (account_id);

CREATE TABLE session (
  id uuid PRIMARY KEY,
  token_hash text NOT NULL UNIQUE,
  account_id uuid NOT NULL REFERENCES account (id),
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  idle_seconds integer NOT NULL,
  expires_at timestamptz NOT NULL,
  address text NOT NULL,
  agent text NOT NULL,
  ended_at timestamptz
);
CREATE INDEX session_account ON session (account_id) WHERE ended_at IS NULL;

-- Failed sign-ins per login name (existing or not, so that both answer alike) and per address, as hashes.
CREATE TABLE sign_in_guard (
  key_hash text PRIMARY KEY,
  failures integer NOT NULL,
  locks integer NOT NULL,
  locked_until timestamptz,
  last_at timestamptz NOT NULL
);
CREATE INDEX sign_in_guard_age ON sign_in_guard (last_at);

DO $$
DECLARE secret text;
BEGIN
  FOREACH secret IN ARRAY ARRAY['account_secret', 'account_password_history', 'account_recovery_code', 'session', 'sign_in_guard']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', secret);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', secret);
    EXECUTE format('CREATE POLICY %I ON %I USING (tongan_is_platform()) WITH CHECK (tongan_is_platform())',
      secret || '_platform', secret);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tongan_app', secret);
  END LOOP;
END
$$;

-- Tokens act for an account, with some of its permissions, on its area or a part of it.
CREATE TABLE api_token (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  account_id uuid NOT NULL REFERENCES account (id),
  unit_path text COLLATE "C" NOT NULL,
  permissions text[] NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  expires_at timestamptz NOT NULL,
  last_used_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX api_token_account ON api_token (account_id);
ALTER TABLE api_token ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_token FORCE ROW LEVEL SECURITY;
CREATE POLICY api_token_scope ON api_token USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON api_token TO tongan_app;

CREATE TABLE api_token_secret (
  token_hash text PRIMARY KEY,
  token_id uuid NOT NULL UNIQUE REFERENCES api_token (id)
);
ALTER TABLE api_token_secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_token_secret FORCE ROW LEVEL SECURITY;
CREATE POLICY api_token_secret_platform ON api_token_secret
  USING (tongan_is_platform()) WITH CHECK (tongan_is_platform());
GRANT SELECT, INSERT ON api_token_secret TO tongan_app;

-- One row: the installation exists once set-up is done. Its name is public, it stands on the sign-in page.
CREATE TABLE installation (
  id integer PRIMARY KEY CHECK (id = 1),
  name text NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL
);
ALTER TABLE installation ENABLE ROW LEVEL SECURITY;
ALTER TABLE installation FORCE ROW LEVEL SECURITY;
CREATE POLICY installation_reading ON installation FOR SELECT USING (true);
CREATE POLICY installation_setup ON installation FOR INSERT WITH CHECK (tongan_is_platform());
GRANT SELECT, INSERT ON installation TO tongan_app;
