-- What the confirmation service keeps. Times are Unix seconds. Columns that are updated say so.

CREATE TABLE guarantors (
    id TEXT PRIMARY KEY,
    bundle_sequence {INTEGER} NOT NULL, -- updated: that of the newest stored bundle, 0 for none
    last_event {INTEGER} NOT NULL -- updated: so that events become visible in the order of their ids
) {STRICT};

CREATE TABLE bundles (
    guarantor TEXT NOT NULL REFERENCES guarantors (id),
    sequence {INTEGER} NOT NULL,
    bytes {BYTES} NOT NULL,
    PRIMARY KEY (guarantor, sequence)
) {STRICT};

-- The newest snapshot of each list.
CREATE TABLE snapshots (
    guarantor TEXT NOT NULL REFERENCES guarantors (id),
    list {INTEGER} NOT NULL,
    sequence {INTEGER} NOT NULL, -- updated, only upwards
    bytes {BYTES} NOT NULL, -- updated with it
    PRIMARY KEY (guarantor, list)
) {STRICT};

-- Every locator that was ever published, and whose it is.
CREATE TABLE locators (
    locator {BYTES} PRIMARY KEY,
    guarantor TEXT NOT NULL REFERENCES guarantors (id),
    withdrawn_at {INTEGER} -- updated once
) {STRICT};

-- The locators that open: looking a withdrawn one up here is looking up one that never was. A row
-- is deleted when its locator is withdrawn.
CREATE TABLE shelves (
    locator {BYTES} PRIMARY KEY REFERENCES locators (locator),
    guarantor TEXT NOT NULL REFERENCES guarantors (id)
) {STRICT};

CREATE TABLE sealed (
    locator {BYTES} NOT NULL REFERENCES locators (locator),
    revision {INTEGER} NOT NULL,
    bytes {BYTES} NOT NULL,
    digest {BYTES} NOT NULL, -- over the three before: a damaged row is told from a wrong key
    PRIMARY KEY (locator, revision)
) {STRICT};

-- Inclusion proofs, by the SHA-256 of the signed certificate.
CREATE TABLE proofs (
    guarantor TEXT NOT NULL REFERENCES guarantors (id),
    certificate {BYTES} NOT NULL,
    bytes {BYTES} NOT NULL, -- updated: an attestation that is made again has other proofs
    PRIMARY KEY (guarantor, certificate)
) {STRICT};

-- What obligees did. Ids count from one for each guarantor.
CREATE TABLE events (
    guarantor TEXT NOT NULL REFERENCES guarantors (id),
    id {INTEGER} NOT NULL,
    locator {BYTES} NOT NULL REFERENCES locators (locator),
    revision {INTEGER} NOT NULL,
    event TEXT NOT NULL CHECK (event IN ('opened', 'answered')),
    at {INTEGER} NOT NULL,
    sealed_answer {BYTES},
    PRIMARY KEY (guarantor, id),
    CHECK ((event = 'answered') = (sealed_answer IS NOT NULL))
) {STRICT};
-- One answer stands for each revision: the first.
CREATE UNIQUE INDEX one_answer ON events (locator, revision) WHERE event = 'answered';

-- Who is told of changes. A row is deleted when somebody asks not to be told any more.
CREATE TABLE watches (
    locator {BYTES} NOT NULL REFERENCES locators (locator),
    mark {BYTES} NOT NULL,
    address {BYTES} NOT NULL,
    language TEXT NOT NULL,
    PRIMARY KEY (locator, mark)
) {STRICT};
