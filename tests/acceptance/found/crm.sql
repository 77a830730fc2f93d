-- A customer relationship system in PHP that a council bent into a case system: 36-character keys, no foreign keys at all,
-- every relation a link table with a flag for "deleted", custom fields in a second table, audit rows, a files table.
CREATE TABLE users (id char(36) PRIMARY KEY, user_name varchar(60));
CREATE TABLE cases (
    id char(36) PRIMARY KEY, case_number int NOT NULL UNIQUE, name varchar(255), status varchar(100),
    date_closed datetime, description text, assigned_user_id char(36), deleted tinyint(1) DEFAULT 0);
CREATE TABLE cases_cstm (id_c char(36) PRIMARY KEY, date_of_birth_c date, looked_after_c tinyint(1));
CREATE TABLE contacts (
    id char(36) PRIMARY KEY, first_name varchar(100), last_name varchar(100), birthdate date, deleted tinyint(1) DEFAULT 0);
CREATE TABLE contacts_cstm (id_c char(36) PRIMARY KEY, nhs_no_c varchar(10));
CREATE TABLE contacts_cases (
    id varchar(36) PRIMARY KEY, contact_id varchar(36), case_id varchar(36), contact_role varchar(50),
    deleted tinyint(1) DEFAULT 0, KEY (contact_id), KEY (case_id));
CREATE TABLE cases_audit (
    id char(36) PRIMARY KEY, parent_id char(36) NOT NULL, field_name varchar(100), before_value text, after_value text,
    KEY (parent_id));
CREATE TABLE contacts_audit (
    id char(36) PRIMARY KEY, parent_id char(36) NOT NULL, field_name varchar(100), before_value text, after_value text,
    KEY (parent_id));
CREATE TABLE notes (
    id char(36) PRIMARY KEY, parent_type varchar(255), parent_id char(36), name varchar(255), description text,
    filename varchar(255), deleted tinyint(1) DEFAULT 0, KEY (parent_id));
CREATE TABLE documents (id char(36) PRIMARY KEY, document_name varchar(255), deleted tinyint(1) DEFAULT 0);
CREATE TABLE document_revisions (
    id varchar(36) PRIMARY KEY, document_id varchar(36), filename varchar(255), KEY (document_id));
CREATE TABLE documents_cases (
    id varchar(36) PRIMARY KEY, document_id varchar(36), case_id varchar(36), deleted tinyint(1) DEFAULT 0,
    KEY (document_id), KEY (case_id));
CREATE TABLE email_addresses (id char(36) PRIMARY KEY, email_address varchar(255));
CREATE TABLE email_addr_bean_rel (
    id char(36) PRIMARY KEY, email_address_id char(36) NOT NULL, bean_id char(36) NOT NULL, bean_module varchar(100),
    deleted tinyint(1) DEFAULT 0, KEY (bean_id), KEY (email_address_id));
CREATE TABLE tracker (
    id int PRIMARY KEY AUTO_INCREMENT, module_name varchar(255), item_id varchar(36), item_summary varchar(255), KEY (item_id));

INSERT INTO users VALUES ('u1', 'w.meyer'), ('u2', 'w.osei');
INSERT INTO cases VALUES
    -- Due; shares a contact with the next, which is open, and a document with the third.
    ('11111111-0000-0000-0000-000000000001', 1, 'Okafor', 'Closed', '2009-05-04 10:00:00', 'text', 'u1', 0),
    ('11111111-0000-0000-0000-000000000002', 2, 'Okafor II', 'New', NULL, 'text', 'u1', 0),
    -- Due, and deleted in the application: a row is a row.
    ('11111111-0000-0000-0000-000000000003', 3, 'Lindqvist', 'Closed', '2008-02-29 23:59:59', 'text', 'u2', 1),
    -- A date the application could not know; and one of a year nobody lived in.
    ('11111111-0000-0000-0000-000000000004', 4, 'Zero', 'Closed', '0000-00-00 00:00:00', NULL, 'u2', 0),
    ('11111111-0000-0000-0000-000000000005', 5, 'Early', 'Closed', '0203-04-05 00:00:00', NULL, 'u2', 0),
    -- Ever looked after, as its second table says.
    ('11111111-0000-0000-0000-000000000006', 6, 'Finn', 'Closed', '2009-06-07 00:00:00', NULL, 'u2', 0);
INSERT INTO cases_cstm VALUES ('11111111-0000-0000-0000-000000000001', '1998-02-28', 0),
    ('11111111-0000-0000-0000-000000000002', '2012-07-01', 0), ('11111111-0000-0000-0000-000000000006', '1999-09-09', 1);
INSERT INTO contacts VALUES ('22222222-0000-0000-0000-000000000001', 'Ada', 'Okafor', '1998-02-28', 0),
    ('22222222-0000-0000-0000-000000000002', 'Shared', 'Okafor', '1970-01-01', 0),
    ('22222222-0000-0000-0000-000000000003', 'Cleo', 'Lindqvist', '1996-12-24', 0),
    -- Linked to a case that is due, and by a link the application calls deleted to one that is open.
    ('22222222-0000-0000-0000-000000000004', 'Once', 'Linked', '1980-01-01', 0),
    ('22222222-0000-0000-0000-000000000005', 'No', 'Case', '1980-01-01', 0);
INSERT INTO contacts_cstm VALUES ('22222222-0000-0000-0000-000000000001', '9990000018'),
    ('22222222-0000-0000-0000-000000000002', '9990000026');
INSERT INTO contacts_cases VALUES
    ('l1', '22222222-0000-0000-0000-000000000001', '11111111-0000-0000-0000-000000000001', 'child', 0),
    ('l2', '22222222-0000-0000-0000-000000000002', '11111111-0000-0000-0000-000000000001', 'parent', 0),
    ('l3', '22222222-0000-0000-0000-000000000002', '11111111-0000-0000-0000-000000000002', 'parent', 0),
    ('l4', '22222222-0000-0000-0000-000000000003', '11111111-0000-0000-0000-000000000003', 'child', 0),
    ('l5', '22222222-0000-0000-0000-000000000004', '11111111-0000-0000-0000-000000000003', 'other', 0),
    ('l6', '22222222-0000-0000-0000-000000000004', '11111111-0000-0000-0000-000000000002', 'other', 1),
    ('l7', '22222222-0000-0000-0000-000000000001', '11111111-0000-0000-0000-000000000003', 'friend', 1);
INSERT INTO cases_audit VALUES ('a1', '11111111-0000-0000-0000-000000000001', 'status', 'New', 'Closed'),
    ('a2', '11111111-0000-0000-0000-000000000002', 'name', 'Okafor', 'Okafor II');
INSERT INTO contacts_audit VALUES ('a3', '22222222-0000-0000-0000-000000000001', 'last_name', 'O', 'Okafor'),
    ('a4', '22222222-0000-0000-0000-000000000002', 'last_name', 'O', 'Okafor');
INSERT INTO notes VALUES ('n1', 'Cases', '11111111-0000-0000-0000-000000000001', 'visit', 'text', NULL, 0),
    ('n2', 'Cases', '11111111-0000-0000-0000-000000000001', 'letter', 'text', 'letter.pdf', 1),
    ('n3', 'Cases', '11111111-0000-0000-0000-000000000002', 'visit', 'text', NULL, 0),
    ('n4', 'Contacts', '22222222-0000-0000-0000-000000000001', 'call', 'text', NULL, 0),
    ('n5', 'Contacts', '22222222-0000-0000-0000-000000000002', 'call', 'text', NULL, 0),
    ('n6', 'Accounts', '11111111-0000-0000-0000-000000000001', 'a trap', 'text', NULL, 0);
INSERT INTO documents VALUES ('d1', 'plan', 0), ('d2', 'shared', 0), ('d3', 'nobody''s', 0);
INSERT INTO document_revisions VALUES ('r1', 'd1', 'plan-1.pdf'), ('r2', 'd1', 'plan-2.pdf'), ('r3', 'd2', 's.pdf'),
    ('r4', 'd3', 'n.pdf');
INSERT INTO documents_cases VALUES ('dc1', 'd1', '11111111-0000-0000-0000-000000000001', 0),
    ('dc2', 'd2', '11111111-0000-0000-0000-000000000001', 0), ('dc3', 'd2', '11111111-0000-0000-0000-000000000006', 0);
INSERT INTO email_addresses VALUES ('e1', 'ada@example.org'), ('e2', 'shared@example.org');
INSERT INTO email_addr_bean_rel VALUES ('eb1', 'e1', '22222222-0000-0000-0000-000000000001', 'Contacts', 0),
    ('eb2', 'e2', '22222222-0000-0000-0000-000000000001', 'Contacts', 0),
    ('eb3', 'e2', '22222222-0000-0000-0000-000000000002', 'Contacts', 0);
INSERT INTO tracker (module_name, item_id, item_summary) VALUES
    ('Cases', '11111111-0000-0000-0000-000000000001', 'Okafor'), ('Cases', '11111111-0000-0000-0000-000000000002', 'Okafor II'),
    ('Contacts', '22222222-0000-0000-0000-000000000001', 'Ada Okafor');
