BEGIN;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 0001

CREATE TABLE events (
    seq INTEGER NOT NULL, 
    epoch INTEGER NOT NULL, 
    wall_ms INTEGER NOT NULL, 
    mono_ns INTEGER NOT NULL, 
    kind TEXT NOT NULL, 
    correlation_id TEXT NOT NULL, 
    payload TEXT NOT NULL, 
    prev_hash TEXT NOT NULL, 
    hash TEXT NOT NULL, 
    PRIMARY KEY (seq)
)
 STRICT;

CREATE TABLE commits (
    last_seq INTEGER NOT NULL, 
    committed_ns INTEGER NOT NULL, 
    PRIMARY KEY (last_seq), 
    FOREIGN KEY(last_seq) REFERENCES events (seq)
)
 STRICT;

CREATE TABLE snapshots (
    seq INTEGER NOT NULL, 
    hash TEXT NOT NULL, 
    digest TEXT NOT NULL, 
    wall_ms INTEGER NOT NULL, 
    document TEXT NOT NULL, 
    PRIMARY KEY (seq), 
    FOREIGN KEY(seq) REFERENCES events (seq)
)
 STRICT;

CREATE TABLE meta (
    "key" TEXT NOT NULL, 
    value TEXT NOT NULL, 
    PRIMARY KEY ("key")
)
 STRICT;

CREATE TABLE orders (
    client_order_id TEXT NOT NULL, 
    venue TEXT NOT NULL, 
    symbol TEXT NOT NULL, 
    side TEXT NOT NULL, 
    order_type TEXT NOT NULL, 
    time_in_force TEXT, 
    quantity TEXT NOT NULL, 
    price TEXT, 
    purpose TEXT NOT NULL, 
    strategy TEXT NOT NULL, 
    correlation_id TEXT NOT NULL, 
    multi_leg_id TEXT, 
    leg INTEGER, 
    state TEXT NOT NULL, 
    pending TEXT NOT NULL, 
    knowledge TEXT NOT NULL, 
    venue_order_id INTEGER, 
    executed TEXT NOT NULL, 
    cum_quote TEXT NOT NULL, 
    reserved_asset TEXT NOT NULL, 
    reserved TEXT NOT NULL, 
    reason TEXT NOT NULL, 
    created_ms INTEGER NOT NULL, 
    updated_ms INTEGER NOT NULL, 
    epoch INTEGER NOT NULL, 
    PRIMARY KEY (client_order_id)
)
 STRICT;

CREATE INDEX orders_by_correlation ON orders (correlation_id);

CREATE TABLE fills (
    venue TEXT NOT NULL, 
    symbol TEXT NOT NULL, 
    trade_id INTEGER NOT NULL, 
    client_order_id TEXT NOT NULL, 
    side TEXT NOT NULL, 
    price TEXT NOT NULL, 
    quantity TEXT NOT NULL, 
    quote_quantity TEXT NOT NULL, 
    fee TEXT NOT NULL, 
    fee_asset TEXT NOT NULL, 
    maker INTEGER NOT NULL CHECK (maker IN (0, 1)), 
    venue_time_ms INTEGER NOT NULL, 
    PRIMARY KEY (venue, symbol, trade_id), 
    FOREIGN KEY(client_order_id) REFERENCES orders (client_order_id)
)
 STRICT;

CREATE INDEX fills_by_order ON fills (client_order_id);

CREATE TABLE positions (
    venue TEXT NOT NULL, 
    symbol TEXT NOT NULL, 
    state TEXT NOT NULL, 
    quantity TEXT NOT NULL, 
    cost TEXT NOT NULL, 
    realised TEXT NOT NULL, 
    stop_price TEXT, 
    stop_order_id TEXT, 
    opened_ms INTEGER NOT NULL, 
    PRIMARY KEY (venue, symbol)
)
 STRICT;

CREATE TABLE balances (
    venue TEXT NOT NULL, 
    asset TEXT NOT NULL, 
    opening TEXT NOT NULL, 
    total TEXT NOT NULL, 
    free TEXT NOT NULL, 
    locked TEXT NOT NULL, 
    target TEXT NOT NULL, 
    PRIMARY KEY (venue, asset)
)
 STRICT;

CREATE TABLE multi_leg_trades (
    multi_leg_id TEXT NOT NULL, 
    kind TEXT NOT NULL, 
    strategy TEXT NOT NULL, 
    state TEXT NOT NULL, 
    legs TEXT NOT NULL, 
    expected_net TEXT NOT NULL, 
    created_ms INTEGER NOT NULL, 
    pnl TEXT, 
    PRIMARY KEY (multi_leg_id)
)
 STRICT;

CREATE TABLE strategies (
    name TEXT NOT NULL, 
    state TEXT NOT NULL, 
    PRIMARY KEY (name)
)
 STRICT;

CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;

CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;

CREATE TRIGGER events_chain BEFORE INSERT ON events WHEN NOT (NEW.seq = (SELECT coalesce(max(seq), 0) + 1 FROM events) AND NEW.prev_hash = coalesce((SELECT hash FROM events WHERE seq = NEW.seq - 1), printf('%064d', 0)) AND NEW.epoch >= coalesce((SELECT epoch FROM events WHERE seq = NEW.seq - 1), 1)) BEGIN SELECT RAISE(ABORT, 'events is a chain: wrong seq, prev_hash or epoch'); END;

INSERT INTO alembic_version (version_num) VALUES ('0001') RETURNING version_num;

-- Running upgrade 0001 -> 0002

ALTER TABLE orders ADD COLUMN stop_price TEXT;

UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001';

-- Running upgrade 0002 -> 0003

CREATE TABLE archives (
    last_seq INTEGER NOT NULL, 
    first_seq INTEGER NOT NULL, 
    prev_hash TEXT NOT NULL, 
    last_hash TEXT NOT NULL, 
    sha256 TEXT NOT NULL, 
    file TEXT NOT NULL, 
    PRIMARY KEY (last_seq)
)
 STRICT;

CREATE TABLE days (
    number INTEGER NOT NULL, 
    first_seq INTEGER NOT NULL, 
    PRIMARY KEY (number)
)
 STRICT;

DROP TRIGGER events_no_delete;

CREATE TRIGGER events_no_delete BEFORE DELETE ON events WHEN OLD.seq > coalesce((SELECT max(last_seq) FROM archives), 0) BEGIN SELECT RAISE(ABORT, 'events is append-only, but for what is archived'); END;

CREATE TRIGGER archives_no_update BEFORE UPDATE ON archives BEGIN SELECT RAISE(ABORT, 'archives is append-only'); END;

CREATE TRIGGER archives_no_delete BEFORE DELETE ON archives BEGIN SELECT RAISE(ABORT, 'archives is append-only'); END;

UPDATE alembic_version SET version_num='0003' WHERE alembic_version.version_num = '0002';

-- Running upgrade 0003 -> 0004

CREATE INDEX orders_by_state ON orders (state);

UPDATE alembic_version SET version_num='0004' WHERE alembic_version.version_num = '0003';

COMMIT;

