-- The portal's tables (docs/services.md section 5.3). A column marked "mutable" is updated; all
-- else is inserted only. Times are Unix seconds, days are days since 1970 in Japan.

-- The last serial that was given under a name: those of guarantee numbers.
CREATE TABLE series (
    name TEXT NOT NULL PRIMARY KEY,
    last {INTEGER} NOT NULL -- mutable
) {STRICT};

CREATE TABLE accounts (
    id {IDENTITY},
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('contractor', 'staff')),
    password TEXT NOT NULL, -- mutable
    must_change {INTEGER} NOT NULL, -- mutable: 1 until the person has set a password
    epoch {INTEGER} NOT NULL, -- mutable: sessions of an earlier one do not count
    created_at {INTEGER} NOT NULL,
    disabled_at {INTEGER} -- mutable
) {STRICT};

CREATE TABLE roles (
    account {INTEGER} NOT NULL REFERENCES accounts (id),
    role TEXT NOT NULL,
    PRIMARY KEY (account, role)
) {STRICT};

CREATE TABLE contractors (
    id {IDENTITY},
    name TEXT NOT NULL,
    representative TEXT NOT NULL,
    address TEXT NOT NULL,
    mail TEXT NOT NULL,
    created_at {INTEGER} NOT NULL
) {STRICT};

CREATE TABLE account_contractor (
    account {INTEGER} NOT NULL PRIMARY KEY REFERENCES accounts (id),
    contractor {INTEGER} NOT NULL REFERENCES contractors (id)
) {STRICT};

CREATE TABLE obligees (
    id {IDENTITY},
    name TEXT NOT NULL,
    representative TEXT NOT NULL,
    address TEXT,
    created_at {INTEGER} NOT NULL,
    UNIQUE (name, representative)
) {STRICT};

CREATE TABLE obligee_kinds (
    obligee {INTEGER} NOT NULL REFERENCES obligees (id),
    kind TEXT NOT NULL CHECK (kind IN ('advance', 'interim', 'performance')),
    from_day {INTEGER} NOT NULL,
    until_day {INTEGER}, -- mutable: the last day, once it is known
    PRIMARY KEY (obligee, kind, from_day)
) {STRICT};

CREATE TABLE revisions (
    number TEXT NOT NULL,
    revision {INTEGER} NOT NULL,
    kind TEXT NOT NULL,
    contractor {INTEGER} NOT NULL REFERENCES contractors (id),
    fingerprint {BYTES} NOT NULL UNIQUE,
    signed {BYTES} NOT NULL,
    findings TEXT NOT NULL,
    at {INTEGER} NOT NULL,
    PRIMARY KEY (number, revision)
) {STRICT};
CREATE INDEX revisions_of_contractor ON revisions (contractor, number);

CREATE TABLE sealed (
    number TEXT NOT NULL,
    serial {INTEGER} NOT NULL,
    revision {INTEGER} NOT NULL,
    bytes {BYTES} NOT NULL,
    PRIMARY KEY (number, serial, revision),
    FOREIGN KEY (number, revision) REFERENCES revisions (number, revision)
) {STRICT};

CREATE TABLE auth_keys (
    number TEXT NOT NULL,
    serial {INTEGER} NOT NULL,
    sealed_key {BYTES} NOT NULL,
    at {INTEGER} NOT NULL,
    PRIMARY KEY (number, serial)
) {STRICT};

CREATE TABLE applications (
    id {IDENTITY},
    contractor {INTEGER} NOT NULL REFERENCES contractors (id),
    task TEXT NOT NULL,
    kind TEXT NOT NULL,
    number TEXT,
    base_revision {INTEGER},
    request TEXT NOT NULL,
    delivery TEXT NOT NULL,
    amount {INTEGER} NOT NULL,
    created_at {INTEGER} NOT NULL,
    created_by {INTEGER} NOT NULL REFERENCES accounts (id),
    FOREIGN KEY (number, base_revision) REFERENCES revisions (number, revision)
) {STRICT};
CREATE INDEX applications_of_contractor ON applications (contractor, id);

-- place counts the decisions of an application, so that of two people who saw the same state one
-- decides and the other is told.
CREATE TABLE decisions (
    application {INTEGER} NOT NULL REFERENCES applications (id),
    place {INTEGER} NOT NULL,
    step TEXT NOT NULL,
    account {INTEGER} NOT NULL REFERENCES accounts (id),
    at {INTEGER} NOT NULL,
    note TEXT,
    acknowledged TEXT NOT NULL,
    PRIMARY KEY (application, place),
    UNIQUE (application, step)
) {STRICT};

CREATE TABLE jobs (
    id {IDENTITY},
    application {INTEGER} NOT NULL UNIQUE REFERENCES applications (id),
    number TEXT NOT NULL,
    revision {INTEGER} NOT NULL,
    request TEXT NOT NULL,
    acknowledged TEXT NOT NULL,
    state TEXT NOT NULL, -- mutable: open, then done, or refused and released
    lease_until {INTEGER} NOT NULL, -- mutable
    leased_by TEXT, -- mutable
    tries {INTEGER} NOT NULL -- mutable
) {STRICT};
-- One revision of a guarantee is asked for at a time.
CREATE UNIQUE INDEX jobs_place ON jobs (number, revision) WHERE state <> 'released';
CREATE INDEX jobs_open ON jobs (state, id);

CREATE TABLE refusals (
    job {INTEGER} NOT NULL PRIMARY KEY REFERENCES jobs (id),
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    at {INTEGER} NOT NULL
) {STRICT};

CREATE TABLE events (
    number TEXT NOT NULL,
    revision {INTEGER} NOT NULL,
    event TEXT NOT NULL,
    at {INTEGER} NOT NULL,
    reason TEXT,
    answered_by TEXT,
    PRIMARY KEY (number, revision, event, at),
    FOREIGN KEY (number, revision) REFERENCES revisions (number, revision)
) {STRICT};
-- One answer stands for each revision.
CREATE UNIQUE INDEX events_answer ON events (number, revision) WHERE event <> 'opened';

CREATE TABLE views (
    id {IDENTITY},
    number TEXT NOT NULL,
    account {INTEGER} NOT NULL REFERENCES accounts (id),
    what TEXT NOT NULL,
    at {INTEGER} NOT NULL
) {STRICT};
CREATE INDEX views_of_guarantee ON views (number, id);

CREATE TABLE log (
    id {IDENTITY},
    account {INTEGER} REFERENCES accounts (id), -- none: from the command line
    what TEXT NOT NULL,
    subject TEXT NOT NULL,
    at {INTEGER} NOT NULL
) {STRICT};

CREATE TABLE bundles (
    guarantor TEXT NOT NULL,
    sequence {INTEGER} NOT NULL,
    bytes {BYTES} NOT NULL,
    PRIMARY KEY (guarantor, sequence)
) {STRICT};

CREATE TABLE snapshots (
    list {INTEGER} NOT NULL PRIMARY KEY,
    sequence {INTEGER} NOT NULL, -- mutable
    bytes {BYTES} NOT NULL -- mutable
) {STRICT};
