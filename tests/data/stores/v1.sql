-- SPDX-License-Identifier: MIT
-- A store of version 1. @SERVER@ and @FOLDER@ stand for where its files come from and go to, @OWNER@ for the user.
PRAGMA application_id = 1111700273;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE file (
    job BLOB NOT NULL,
    file_index INTEGER NOT NULL,
    remote TEXT NOT NULL,
    local TEXT NOT NULL,
    temporary TEXT NOT NULL,
    etag TEXT NOT NULL,
    last_modified TEXT NOT NULL,
    size INTEGER,
    range_support INTEGER NOT NULL,
    filled BLOB NOT NULL,
    requested BLOB NOT NULL,
    headers TEXT NOT NULL,
    published INTEGER NOT NULL,
    PRIMARY KEY (job, file_index)
) WITHOUT ROWID;
INSERT INTO "file" VALUES(X'789C68C505ACEA4AAC369E874004F2D9',0,'@SERVER@/whole','@FOLDER@/whole','@FOLDER@/BIT3c16a8e5.tmp','"1-8dc953cb11d7139f"','Thu, 02 Jan 2020 00:00:00 GMT',307200,1,X'0080E012',X'','HTTP/1.1 206 Partial Content
ETag: "1-8dc953cb11d7139f"
Last-Modified: Thu, 02 Jan 2020 00:00:00 GMT
Accept-Ranges: bytes
Content-Type: application/octet-stream
Content-Length: 307200
Content-Range: bytes 0-307199/307200

',0);
INSERT INTO "file" VALUES(X'C5FA89BDE7135A41A7C190F781C705F0',0,'@SERVER@/part','@FOLDER@/part','@FOLDER@/BIT3936ec6a.tmp','"1-8dc953cb11d7139f"','Thu, 02 Jan 2020 00:00:00 GMT',307200,1,X'805080A00180D00A8028',X'805080A00180D00A8028','HTTP/1.1 206 Partial Content
ETag: "1-8dc953cb11d7139f"
Last-Modified: Thu, 02 Jan 2020 00:00:00 GMT
Accept-Ranges: bytes
Content-Type: application/octet-stream
Content-Length: 5120
Content-Range: bytes 204800-209919/307200

',0);
INSERT INTO "file" VALUES(X'DB8393F45523494C99D626B15D6664A9',0,'@SERVER@/cancelled','@FOLDER@/cancelled','@FOLDER@/BITdf5cd9df.tmp','"1-8dc953cb11d7139f"','Thu, 02 Jan 2020 00:00:00 GMT',307200,1,X'0080E012',X'','HTTP/1.1 206 Partial Content
ETag: "1-8dc953cb11d7139f"
Last-Modified: Thu, 02 Jan 2020 00:00:00 GMT
Accept-Ranges: bytes
Content-Type: application/octet-stream
Content-Length: 307200
Content-Range: bytes 0-307199/307200

',0);
INSERT INTO "file" VALUES(X'F35DC7A8F77E24448A62C683F5C77CAA',0,'@SERVER@/ending','@FOLDER@/ending','@FOLDER@/BITe5329b9f.tmp','"1-8dc953cb11d7139f"','Thu, 02 Jan 2020 00:00:00 GMT',307200,1,X'0080E012',X'','HTTP/1.1 206 Partial Content
ETag: "1-8dc953cb11d7139f"
Last-Modified: Thu, 02 Jan 2020 00:00:00 GMT
Accept-Ranges: bytes
Content-Type: application/octet-stream
Content-Length: 307200
Content-Range: bytes 0-307199/307200

',0);
CREATE TABLE job (
    id BLOB PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    type INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    state INTEGER NOT NULL,
    on_demand INTEGER NOT NULL,
    notify_flags INTEGER NOT NULL,
    notification_interval_ms INTEGER NOT NULL,
    minimum_retry_delay_s INTEGER NOT NULL,
    no_progress_timeout_s INTEGER NOT NULL,
    maximum_download_time_s INTEGER NOT NULL,
    error_count INTEGER NOT NULL,
    error_code INTEGER NOT NULL,
    error_context INTEGER NOT NULL,
    error_detail TEXT NOT NULL,
    error_file INTEGER,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    transferred INTEGER NOT NULL,
    intent INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "job" VALUES(X'789C68C505ACEA4AAC369E874004F2D9','@OWNER@','whole','',0,2,6,0,11,0,5,60,7776000,0,0,0,'',NULL,134404617314112568,134404617314719049,134404617314719048,0);
INSERT INTO "job" VALUES(X'C5FA89BDE7135A41A7C190F781C705F0','@OWNER@','part','',0,2,3,1,11,0,5,60,7776000,0,0,0,'',NULL,134404617313651560,134404617314110814,0,0);
INSERT INTO "job" VALUES(X'DB8393F45523494C99D626B15D6664A9','@OWNER@','cancelled','',0,2,6,0,11,0,5,60,7776000,0,0,0,'',NULL,134404617314773725,134404617314823755,134404617314823755,2);
INSERT INTO "job" VALUES(X'F35DC7A8F77E24448A62C683F5C77CAA','@OWNER@','ending','',0,2,6,0,11,0,5,60,7776000,0,0,0,'',NULL,134404617314720920,134404617314771862,134404617314771862,1);
CREATE INDEX job_intent ON job (intent) WHERE intent;
COMMIT;
