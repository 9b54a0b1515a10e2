CREATE TABLE spoor_memory_scope (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reach text NOT NULL CHECK (reach IN ('job', 'session')),
  tenant text NOT NULL,
  name bytea NOT NULL,
  entries bigint NOT NULL,
  bytes bigint NOT NULL,
  written_at timestamptz NOT NULL,
  UNIQUE (reach, tenant, name)
) WITH (fillfactor = 70);
CREATE TABLE spoor_memory_entry (
  scope bigint NOT NULL REFERENCES spoor_memory_scope ON DELETE CASCADE,
  key bytea NOT NULL,
  value bytea NOT NULL,
  PRIMARY KEY (scope, key)
);
