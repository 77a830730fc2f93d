-- A child protection system as a web framework builds it: UUID keys, the record in one JSONB document, children that
-- name their owner by a type and a text id, arrays, uploads in two steps, and a history the application writes.
CREATE TABLE agencies (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE families (id uuid PRIMARY KEY, data jsonb NOT NULL DEFAULT '{}');
CREATE TABLE cases (
    id uuid PRIMARY KEY,
    data jsonb NOT NULL DEFAULT '{}',
    family_id uuid REFERENCES families (id),
    duplicate_case_id uuid REFERENCES cases (id),
    agency_id bigint REFERENCES agencies (id),
    associated_user_names text[] NOT NULL DEFAULT '{}',
    created_at timestamp(6) NOT NULL
);
CREATE TABLE incidents (id uuid PRIMARY KEY, case_id uuid REFERENCES cases (id), data jsonb NOT NULL DEFAULT '{}');
CREATE TABLE violations (
    id bigint PRIMARY KEY, incident_id uuid NOT NULL REFERENCES incidents (id), kind text NOT NULL);
CREATE TABLE attachments (
    id uuid PRIMARY KEY, record_type text NOT NULL, record_id text NOT NULL, field_name text, comments text);
CREATE TABLE stored_blobs (id bigint PRIMARY KEY, key text NOT NULL UNIQUE, filename text NOT NULL);
CREATE TABLE stored_attachments (
    id bigint PRIMARY KEY, record_type text NOT NULL, record_id text NOT NULL,
    blob_id bigint NOT NULL REFERENCES stored_blobs (id));
CREATE TABLE alerts (id bigint PRIMARY KEY, record_type text NOT NULL, record_id text NOT NULL, form text);
CREATE TABLE transitions (
    id uuid PRIMARY KEY, record_type text NOT NULL, record_id text NOT NULL, kind text NOT NULL, to_agency text,
    notes text);
CREATE TABLE record_histories (
    id bigint PRIMARY KEY, record_type text NOT NULL, record_id text NOT NULL, at timestamp(6) NOT NULL,
    user_name text, record_changes jsonb);
CREATE INDEX ON attachments (record_id);
CREATE INDEX ON stored_attachments (record_id);
CREATE INDEX ON alerts (record_id);
CREATE INDEX ON transitions (record_id);
CREATE INDEX ON record_histories (record_id);

INSERT INTO agencies VALUES (1, 'Family Support');
INSERT INTO families VALUES
    ('f0000000-0000-4000-8000-000000000001', '{"name": "Okafor", "size": 4}'),
    ('f0000000-0000-4000-8000-000000000002', '{"name": "Lindqvist", "size": 2}');
INSERT INTO cases VALUES
    -- Closed long ago; its family and one upload are shared with the next.
    ('c0000000-0000-4000-8000-00000000000a',
     '{"case_id_display": "CP-0001", "status": "closed", "date_closure": "2009-05-04", "name": "Ada Okafor",
       "date_of_birth": "1998-02-28", "services": [{"type": "visit", "ended_on": "2009-04-30"},
       {"type": "therapy", "ended_on": "2009-05-01"}], "protection_concerns": ["neglect"]}',
     'f0000000-0000-4000-8000-000000000001', NULL, 1, '{w.meyer,w.osei}', '2007-01-15 10:20:30.123456'),
    -- The sibling: open, so nothing of it may go.
    ('c0000000-0000-4000-8000-00000000000b',
     '{"case_id_display": "CP-0002", "status": "open", "name": "Ben Okafor", "date_of_birth": "2012-07-01",
       "services": [], "protection_concerns": []}',
     'f0000000-0000-4000-8000-000000000001', NULL, 1, '{w.meyer}', '2019-03-01 09:00:00'),
    -- Closed long ago, with a family of its own; another record says it is a duplicate of this one.
    ('c0000000-0000-4000-8000-00000000000c',
     '{"case_id_display": "CP-0003", "status": "closed", "date_closure": "2008-01-31", "name": "Cleo Lindqvist",
       "date_of_birth": "1996-12-24", "services": [{"type": "visit", "ended_on": "2007-12-01"}],
       "protection_concerns": ["emotional", "physical"]}',
     'f0000000-0000-4000-8000-000000000002', NULL, NULL, '{}', '2006-06-06 06:06:06'),
    ('c0000000-0000-4000-8000-00000000000d',
     '{"case_id_display": "CP-0004", "status": "closed", "date_closure": "2008-02-29", "name": "Cleo L.",
       "date_of_birth": "1996-12-24", "services": [], "protection_concerns": []}',
     'f0000000-0000-4000-8000-000000000002', 'c0000000-0000-4000-8000-00000000000c', NULL, '{}',
     '2006-06-07 06:06:06'),
    -- Closed, and nobody wrote down when; closed, and what was written down is no date.
    ('c0000000-0000-4000-8000-00000000000e',
     '{"case_id_display": "CP-0005", "status": "closed", "name": "Dana", "services": []}',
     NULL, NULL, NULL, '{}', '2005-05-05 05:05:05'),
    ('c0000000-0000-4000-8000-00000000000f',
     '{"case_id_display": "CP-0006", "status": "closed", "date_closure": "04/05/2009", "name": "Eve", "services": []}',
     NULL, NULL, NULL, '{}', '2005-05-05 05:05:06'),
    -- Ever looked after, by an element of an array: another class.
    ('c0000000-0000-4000-8000-000000000010',
     '{"case_id_display": "CP-0007", "status": "closed", "date_closure": "2009-06-07", "name": "Finn",
       "date_of_birth": "1999-09-09", "services": [], "protection_concerns": ["looked-after", "neglect"]}',
     NULL, NULL, NULL, '{}', '2005-05-05 05:05:07');
INSERT INTO incidents VALUES
    ('1c000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-00000000000a', '{"place": "home"}'),
    ('1c000000-0000-4000-8000-000000000002', 'c0000000-0000-4000-8000-00000000000b', '{"place": "school"}'),
    ('1c000000-0000-4000-8000-000000000003', NULL, '{"place": "unknown"}');
INSERT INTO violations VALUES (1, '1c000000-0000-4000-8000-000000000001', 'hitting'),
    (2, '1c000000-0000-4000-8000-000000000001', 'neglect'), (3, '1c000000-0000-4000-8000-000000000002', 'shouting'),
    (4, '1c000000-0000-4000-8000-000000000003', 'unknown');
INSERT INTO attachments VALUES
    ('a7000000-0000-4000-8000-000000000001', 'Case', 'c0000000-0000-4000-8000-00000000000a', 'photo', 'Ada at six'),
    ('a7000000-0000-4000-8000-000000000002', 'Case', 'c0000000-0000-4000-8000-00000000000a', 'letter', 'from school'),
    ('a7000000-0000-4000-8000-000000000003', 'Case', 'c0000000-0000-4000-8000-00000000000b', 'letter', 'from school'),
    ('a7000000-0000-4000-8000-000000000004', 'Incident', '1c000000-0000-4000-8000-000000000001', 'photo', 'the door'),
    -- An incident that happens to bear the id of a case, of another type: not the case's.
    ('a7000000-0000-4000-8000-000000000005', 'Incident', 'c0000000-0000-4000-8000-00000000000a', 'photo', 'a trap'),
    ('a7000000-0000-4000-8000-000000000006', 'Case', 'C0000000-0000-4000-8000-00000000000C', 'photo', 'Cleo'),
    ('a7000000-0000-4000-8000-000000000007', 'Case', 'not a uuid', 'photo', 'an orphan from a migration');
INSERT INTO stored_blobs VALUES (1, 'ab/cd/ada.jpg', 'ada.jpg'), (2, 'ab/cd/letter.pdf', 'letter.pdf'),
    (3, 'ab/cd/door.jpg', 'door.jpg'), (4, 'ab/cd/trap.jpg', 'trap.jpg'), (5, 'ab/cd/cleo.jpg', 'cleo.jpg'),
    (6, 'ab/cd/orphan.jpg', 'orphan.jpg');
INSERT INTO stored_attachments VALUES
    (1, 'Attachment', 'a7000000-0000-4000-8000-000000000001', 1),
    (2, 'Attachment', 'a7000000-0000-4000-8000-000000000002', 2),
    (3, 'Attachment', 'a7000000-0000-4000-8000-000000000003', 2),
    (4, 'Attachment', 'a7000000-0000-4000-8000-000000000004', 3),
    (5, 'Attachment', 'a7000000-0000-4000-8000-000000000005', 4),
    (6, 'Attachment', 'a7000000-0000-4000-8000-000000000006', 5),
    (7, 'Attachment', 'a7000000-0000-4000-8000-000000000007', 6);
INSERT INTO alerts VALUES (1, 'Case', 'c0000000-0000-4000-8000-00000000000a', 'notes'),
    (2, 'Case', 'c0000000-0000-4000-8000-00000000000b', 'notes'),
    (3, 'Incident', '1c000000-0000-4000-8000-000000000001', 'approval');
INSERT INTO transitions VALUES
    ('77000000-0000-4000-8000-000000000001', 'Case', 'c0000000-0000-4000-8000-00000000000a', 'referral', 'Police', 'x'),
    ('77000000-0000-4000-8000-000000000002', 'Case', 'c0000000-0000-4000-8000-00000000000b', 'transfer', NULL, 'y');
INSERT INTO record_histories VALUES
    (1, 'Case', 'c0000000-0000-4000-8000-00000000000a', '2009-05-04 10:00:00', 'w.meyer', '{"name": ["Ada", "Ada Okafor"]}'),
    (2, 'Case', 'c0000000-0000-4000-8000-00000000000b', '2019-03-01 10:00:00', 'w.meyer', '{"status": [null, "open"]}'),
    (3, 'Incident', '1c000000-0000-4000-8000-000000000001', '2009-05-04 10:00:00', 'w.osei', '{"place": [null, "home"]}');
