-- Written by python -m genesis.data.ahead; values are positional, in the order of the table's columns.

-- INSERT_EVENT
INSERT INTO events (seq, epoch, wall_ms, mono_ns, kind, correlation_id, payload, prev_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- INSERT_ARCHIVE
INSERT INTO archives (last_seq, first_seq, prev_hash, last_hash, sha256, file) VALUES (?, ?, ?, ?, ?, ?);

-- INSERT_DAY
INSERT INTO days (number, first_seq) VALUES (?, ?);

-- UPSERT_SNAPSHOT
INSERT INTO snapshots (seq, hash, digest, wall_ms, document) VALUES (?, ?, ?, ?, ?) ON CONFLICT (seq) DO UPDATE SET hash = excluded.hash, digest = excluded.digest, wall_ms = excluded.wall_ms, document = excluded.document;

-- UPSERT_COMMIT
INSERT INTO commits (last_seq, committed_ns) VALUES (?, ?) ON CONFLICT (last_seq) DO UPDATE SET committed_ns = excluded.committed_ns;

-- UPSERT_META
INSERT INTO meta ("key", value) VALUES (?, ?) ON CONFLICT ("key") DO UPDATE SET value = excluded.value;

-- UPSERT_ORDER
INSERT INTO orders (client_order_id, venue, symbol, side, order_type, time_in_force, quantity, price, stop_price, purpose, strategy, correlation_id, multi_leg_id, leg, state, pending, knowledge, venue_order_id, executed, cum_quote, reserved_asset, reserved, reason, created_ms, updated_ms, epoch) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (client_order_id) DO UPDATE SET venue = excluded.venue, symbol = excluded.symbol, side = excluded.side, order_type = excluded.order_type, time_in_force = excluded.time_in_force, quantity = excluded.quantity, price = excluded.price, stop_price = excluded.stop_price, purpose = excluded.purpose, strategy = excluded.strategy, correlation_id = excluded.correlation_id, multi_leg_id = excluded.multi_leg_id, leg = excluded.leg, state = excluded.state, pending = excluded.pending, knowledge = excluded.knowledge, venue_order_id = excluded.venue_order_id, executed = excluded.executed, cum_quote = excluded.cum_quote, reserved_asset = excluded.reserved_asset, reserved = excluded.reserved, reason = excluded.reason, created_ms = excluded.created_ms, updated_ms = excluded.updated_ms, epoch = excluded.epoch;

-- INSERT_FILL
INSERT INTO fills (venue, symbol, trade_id, client_order_id, side, price, quantity, quote_quantity, fee, fee_asset, maker, venue_time_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- UPSERT_POSITION
INSERT INTO positions (venue, symbol, state, quantity, cost, realised, stop_price, stop_order_id, opened_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (venue, symbol) DO UPDATE SET state = excluded.state, quantity = excluded.quantity, cost = excluded.cost, realised = excluded.realised, stop_price = excluded.stop_price, stop_order_id = excluded.stop_order_id, opened_ms = excluded.opened_ms;

-- UPSERT_BALANCE
INSERT INTO balances (venue, asset, opening, total, free, locked, target) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (venue, asset) DO UPDATE SET opening = excluded.opening, total = excluded.total, free = excluded.free, locked = excluded.locked, target = excluded.target;

-- UPSERT_MULTI_LEG
INSERT INTO multi_leg_trades (multi_leg_id, kind, strategy, state, legs, expected_net, created_ms, pnl) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (multi_leg_id) DO UPDATE SET kind = excluded.kind, strategy = excluded.strategy, state = excluded.state, legs = excluded.legs, expected_net = excluded.expected_net, created_ms = excluded.created_ms, pnl = excluded.pnl;

-- UPSERT_STRATEGY
INSERT INTO strategies (name, state) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET state = excluded.state;

-- DROP_OLD_SNAPSHOTS
DELETE FROM snapshots WHERE (snapshots.seq NOT IN (SELECT snapshots.seq
FROM snapshots ORDER BY snapshots.seq DESC
LIMIT ? OFFSET 0));

-- SELECT_ORDER
SELECT orders.client_order_id, orders.venue, orders.symbol, orders.side, orders.order_type, orders.time_in_force, orders.quantity, orders.price, orders.stop_price, orders.purpose, orders.strategy, orders.correlation_id, orders.multi_leg_id, orders.leg, orders.state, orders.pending, orders.knowledge, orders.venue_order_id, orders.executed, orders.cum_quote, orders.reserved_asset, orders.reserved, orders.reason, orders.created_ms, orders.updated_ms, orders.epoch
FROM orders
WHERE orders.client_order_id = ?;

-- SELECT_ORDERS
SELECT orders.client_order_id, orders.venue, orders.symbol, orders.side, orders.order_type, orders.time_in_force, orders.quantity, orders.price, orders.stop_price, orders.purpose, orders.strategy, orders.correlation_id, orders.multi_leg_id, orders.leg, orders.state, orders.pending, orders.knowledge, orders.venue_order_id, orders.executed, orders.cum_quote, orders.reserved_asset, orders.reserved, orders.reason, orders.created_ms, orders.updated_ms, orders.epoch
FROM orders ORDER BY rowid DESC
LIMIT 10000 OFFSET 0;

-- SELECT_ORDERS_IN_STATE
SELECT orders.client_order_id, orders.venue, orders.symbol, orders.side, orders.order_type, orders.time_in_force, orders.quantity, orders.price, orders.stop_price, orders.purpose, orders.strategy, orders.correlation_id, orders.multi_leg_id, orders.leg, orders.state, orders.pending, orders.knowledge, orders.venue_order_id, orders.executed, orders.cum_quote, orders.reserved_asset, orders.reserved, orders.reason, orders.created_ms, orders.updated_ms, orders.epoch
FROM orders
WHERE orders.state = ? ORDER BY rowid DESC
LIMIT 10000 OFFSET 0;

-- SELECT_POSITIONS
SELECT positions.venue, positions.symbol, positions.state, positions.quantity, positions.cost, positions.realised, positions.stop_price, positions.stop_order_id, positions.opened_ms
FROM positions ORDER BY positions.venue, positions.symbol;

-- SELECT_FILLS
SELECT fills.venue, fills.symbol, fills.trade_id, fills.client_order_id, fills.side, fills.price, fills.quantity, fills.quote_quantity, fills.fee, fills.fee_asset, fills.maker, fills.venue_time_ms
FROM fills ORDER BY rowid DESC
LIMIT 10000 OFFSET 0;

-- SELECT_TRADES
SELECT multi_leg_trades.multi_leg_id, multi_leg_trades.kind, multi_leg_trades.strategy, multi_leg_trades.state, multi_leg_trades.legs, multi_leg_trades.expected_net, multi_leg_trades.created_ms, multi_leg_trades.pnl
FROM multi_leg_trades ORDER BY rowid DESC
LIMIT 10000 OFFSET 0;
