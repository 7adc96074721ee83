-- What both services keep. Times are Unix seconds. Columns that are updated say so.

-- Nonces of signed requests (services.md S-REQ-5): used once until they expire.
CREATE TABLE nonces (
    key TEXT NOT NULL,
    nonce TEXT NOT NULL,
    expires_at {INTEGER} NOT NULL,
    PRIMARY KEY (key, nonce)
) {STRICT};
CREATE INDEX nonces_by_expiry ON nonces (expires_at);

-- Mails to be sent. A mail is anyone's whose lease ran out, until it is sent or given up.
CREATE TABLE outbox (
    id {IDENTITY},
    kind TEXT NOT NULL,
    address {BYTES} NOT NULL,
    language TEXT NOT NULL,
    created_at {INTEGER} NOT NULL,
    sent_at {INTEGER}, -- updated once
    lease_until {INTEGER} NOT NULL, -- updated
    tries {INTEGER} NOT NULL -- updated
) {STRICT};
CREATE INDEX outbox_by_lease ON outbox (lease_until) WHERE sent_at IS NULL;

-- Sessions, under a digest of what the visitor's cookie holds.
CREATE TABLE sessions (
    mark {BYTES} PRIMARY KEY,
    sealed {BYTES} NOT NULL, -- updated
    expires_at {INTEGER} NOT NULL -- updated
) {STRICT};
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- How many facts were inserted: one row, updated with each of them.
CREATE TABLE facts (
    one {INTEGER} PRIMARY KEY CHECK (one = 1),
    count {INTEGER} NOT NULL CHECK (count >= 0) -- updated, only upwards
) {STRICT};
INSERT INTO facts (one, count) VALUES (1, 0);
