/// Databases that earlier releases left behind, as SQL.
enum ReleaseFixture {
    /// Of 0.1.0: jobs of all ends, one that was started in vain once and is being stopped, one that runs, and two that wait.
    static let release010 = #"""
        PRAGMA application_id = 1181514084;
        BEGIN TRANSACTION;
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES('2026-11-22 first schema');
        CREATE TABLE users (
            pk INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 22),
            name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
            role TEXT NOT NULL CHECK (role IN ('user', 'admin')),
            -- Which uid of the configured range the account's jobs run under. Never given to another account: files may outlive it.
            host_uid_offset INTEGER NOT NULL UNIQUE CHECK (host_uid_offset >= 0),
            created INTEGER NOT NULL,
            disabled INTEGER
        ) STRICT;
        INSERT INTO users VALUES(1,'UwTv6PLtiP7UEzFzHXiEMe','alice','user',0,1795372035147,NULL);
        CREATE TABLE tokens (
            pk INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 22),
            hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
            user INTEGER NOT NULL REFERENCES users (pk),
            label TEXT NOT NULL,
            created INTEGER NOT NULL,
            expires INTEGER,
            last_used INTEGER,
            revoked INTEGER
        ) STRICT;
        INSERT INTO tokens VALUES(1,'Kyx3sg6xgbK9xvmHJGM3ER',X'b091c463727ce61206dbc693b085068c5be6cfeb79b8e78219a8c1f12f241c6e',1,'first token',1795372035167,NULL,1795372035209,NULL);
        CREATE TABLE projects (
            pk INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 22),
            owner INTEGER NOT NULL REFERENCES users (pk),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
            -- Counts up alone, so that the number of something deleted is never given again.
            next_number INTEGER NOT NULL DEFAULT 1 CHECK (next_number >= 1),
            public INTEGER NOT NULL DEFAULT 0 CHECK (public IN (0, 1)),
            created INTEGER NOT NULL,
            UNIQUE (owner, name),
            UNIQUE (pk, owner)
        ) STRICT;
        INSERT INTO projects VALUES(1,'K3KGmgEabqmgRKN2qhNwU2',1,'demo',12,0,1795372035211);
        CREATE TABLE datasets (
            pk INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 22),
            owner INTEGER NOT NULL REFERENCES users (pk),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
            -- Counts up alone, so that the number of something deleted is never given again.
            next_number INTEGER NOT NULL DEFAULT 1 CHECK (next_number >= 1),
            public INTEGER NOT NULL DEFAULT 0 CHECK (public IN (0, 1)),
            created INTEGER NOT NULL,
            UNIQUE (owner, name),
            UNIQUE (pk, owner)
        ) STRICT;
        CREATE TABLE trees (
            pk INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 22),
            owner INTEGER NOT NULL REFERENCES users (pk),
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            files INTEGER NOT NULL CHECK (files >= 0),
            bytes INTEGER NOT NULL CHECK (bytes >= 0),
            created INTEGER NOT NULL,
            UNIQUE (owner, digest),
            UNIQUE (pk, owner)
        ) STRICT;
        INSERT INTO trees VALUES(1,'YjQtUt9YnGNDavLf7PHkdW',1,X'b252f8829045522249b3643309bdb6f5bbcc5ef43ec4bf9fdc297ce08ee4ef0e',2,178,1795372035386);
        CREATE TABLE tree_contents (
            tree INTEGER NOT NULL REFERENCES trees (pk) ON DELETE CASCADE,
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            executable INTEGER NOT NULL CHECK (executable IN (0, 1)),
            PRIMARY KEY (tree, sha256, executable)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO tree_contents VALUES(1,X'4b0f475836fe84d6841754098160fcb1877bf16750c81446f6745ea7d668155f',0);
        INSERT INTO tree_contents VALUES(1,X'cc42155088fca5730758db72b2a5bca33112a941dfaa2d43098ec422ce4ea213',0);
        CREATE TABLE uploads (
            pk INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 22),
            owner INTEGER NOT NULL REFERENCES users (pk),
            state TEXT NOT NULL CHECK (state IN ('receiving', 'complete', 'committed')),
            -- Unknown while the client's hashes follow its contents.
            digest BLOB CHECK (length(digest) = 32),
            files INTEGER NOT NULL CHECK (files >= 0),
            bytes INTEGER NOT NULL CHECK (bytes >= 0),
            length INTEGER NOT NULL CHECK (length >= 0),
            missing INTEGER NOT NULL CHECK (missing BETWEEN 0 AND files),
            tree INTEGER,
            created INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            FOREIGN KEY (tree, owner) REFERENCES trees (pk, owner),
            CHECK ((state = 'committed') = (tree IS NOT NULL)),
            CHECK (state <> 'committed' OR digest IS NOT NULL)
        ) STRICT;
        INSERT INTO uploads VALUES(1,'EdFGtXbHX9xumBPf9oqNGb',1,'committed',X'b252f8829045522249b3643309bdb6f5bbcc5ef43ec4bf9fdc297ce08ee4ef0e',2,178,178,2,1,1795372035271,1795976835271);
        CREATE TABLE dataset_versions (
            pk INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 22),
            dataset INTEGER NOT NULL,
            owner INTEGER NOT NULL,
            number INTEGER NOT NULL CHECK (number >= 1),
            tree INTEGER NOT NULL,
            message TEXT,
            created INTEGER NOT NULL,
            UNIQUE (dataset, number),
            FOREIGN KEY (dataset, owner) REFERENCES datasets (pk, owner),
            FOREIGN KEY (tree, owner) REFERENCES trees (pk, owner)
        ) STRICT;
        CREATE TABLE jobs (
            pk INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 22),
            project INTEGER NOT NULL,
            owner INTEGER NOT NULL,
            number INTEGER NOT NULL CHECK (number >= 1),
            code INTEGER NOT NULL,
            command TEXT NOT NULL CHECK (command <> ''),
            environment TEXT NOT NULL,
            instance_type TEXT NOT NULL,
            cpus INTEGER NOT NULL CHECK (cpus >= 0),
            memory INTEGER NOT NULL CHECK (memory >= 0),
            gpus INTEGER NOT NULL CHECK (gpus >= 0),
            message TEXT,
            max_runtime INTEGER CHECK (max_runtime > 0),
            retries INTEGER NOT NULL CHECK (retries >= 0),
            state TEXT NOT NULL CHECK (state IN ('queued', 'starting', 'running', 'stopping', 'finished')),
            outcome TEXT CHECK (outcome IN ('success', 'failed', 'timeout', 'shutdown', 'lost')),
            exit_code INTEGER,
            signal INTEGER,
            reason TEXT,
            attempt INTEGER NOT NULL CHECK (attempt >= 0),
            created INTEGER NOT NULL,
            claimed INTEGER,
            started INTEGER,
            finished INTEGER,
            UNIQUE (project, number),
            FOREIGN KEY (project, owner) REFERENCES projects (pk, owner),
            FOREIGN KEY (code, owner) REFERENCES trees (pk, owner),
            CHECK ((state = 'finished') = (outcome IS NOT NULL)),
            CHECK ((state = 'finished') = (finished IS NOT NULL)),
            CHECK (state = 'finished' OR (exit_code IS NULL AND signal IS NULL)),
            CHECK (state <> 'queued' OR (claimed IS NULL AND started IS NULL)),
            CHECK (state NOT IN ('starting', 'running', 'stopping') OR (attempt >= 1 AND claimed IS NOT NULL)),
            CHECK (state <> 'starting' OR started IS NULL),
            CHECK (state <> 'running' OR started IS NOT NULL)
        ) STRICT;
        INSERT INTO jobs VALUES(1,'vytnGbYG7J8YzRPZrGDPXj',1,1,1,1,'true','python','cpu',1,0,0,NULL,NULL,0,'finished','success',0,NULL,NULL,1,1795372035432,1795372035438,1795372036290,1795372036292);
        INSERT INTO jobs VALUES(2,'nDGuAgWmKbSCELsaAckMu4',1,1,2,1,'exit 3','python','cpu',1,0,0,NULL,NULL,0,'finished','failed',3,NULL,'the command exited with code 3',1,1795372035985,1795372035986,1795372036315,1795372036316);
        INSERT INTO jobs VALUES(3,'RJSHojJgCH3AErQuRxUYyq',1,1,3,1,'kill -9 $$','python','cpu',1,0,0,NULL,NULL,0,'finished','failed',137,9,'the command was ended by SIGKILL',1,1795372036057,1795372036297,1795372036319,1795372036327);
        INSERT INTO jobs VALUES(4,'qeNcX5mjU3RihpLhdgCYUE',1,1,4,1,'sleep 60','python','cpu',1,0,0,NULL,1,0,'finished','timeout',143,15,'the time limit of 1 s was reached',1,1795372036128,1795372036318,1795372036347,1795372037354);
        INSERT INTO jobs VALUES(5,'jcpcnyyftEhYsnzMZamnLr',1,1,5,1,'sleep 300','python','cpu',1,0,0,NULL,NULL,0,'finished','shutdown',143,15,'stopped by alice',1,1795372037879,1795372037880,1795372037912,1795372039923);
        INSERT INTO jobs VALUES(6,'HMJxAosfAC7HBkHtbrzp9g',1,1,6,1,'sleep 300','python','cpu',1,0,0,NULL,NULL,0,'finished','lost',NULL,NULL,'its worker vanished without a record: it was killed, or the machine went down',1,1795372040947,1795372040950,1795372040975,1795372042475);
        INSERT INTO jobs VALUES(7,'UC5hQk4sEX5B3tiLiiosLh',1,1,7,1,'sleep 300','python','cpu',1,0,0,NULL,NULL,0,'stopping',NULL,NULL,NULL,'stopped by alice',2,1795372043514,1795372048938,NULL,NULL);
        INSERT INTO jobs VALUES(8,'72bvPHKQR2cygyRMz6PMyp',1,1,8,1,'sleep 301','python','cpu',1,0,0,NULL,NULL,0,'running',NULL,NULL,NULL,NULL,1,1795372051580,1795372051582,1795372051635,NULL);
        INSERT INTO jobs VALUES(9,'zEnLT9coCPoURrEqXyWBqN',1,1,9,1,'sleep 302','python','cpu',1,0,0,NULL,NULL,0,'queued',NULL,NULL,NULL,NULL,0,1795372051618,NULL,NULL,NULL);
        INSERT INTO jobs VALUES(10,'ahp7V2QhZK4Woz5G2RtYXg',1,1,10,1,'sleep 303','python','cpu',1,0,0,NULL,NULL,0,'queued',NULL,NULL,NULL,NULL,0,1795372051656,NULL,NULL,NULL);
        INSERT INTO jobs VALUES(11,'JCJaqjQzWp53LYvMy3eNL9',1,1,11,1,'sleep 304','python','cpu',1,0,0,NULL,NULL,0,'finished','shutdown',NULL,NULL,'stopped by alice',0,1795372051693,NULL,NULL,1795372052228);
        CREATE TABLE job_inputs (
            job INTEGER NOT NULL REFERENCES jobs (pk) ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 0),
            mount TEXT NOT NULL CHECK (mount NOT IN ('', '.', '..') AND instr(mount, '/') = 0),
            named INTEGER NOT NULL CHECK (named IN (0, 1)),
            version INTEGER REFERENCES dataset_versions (pk),
            source_job INTEGER REFERENCES jobs (pk),
            PRIMARY KEY (job, position),
            UNIQUE (job, mount),
            CHECK ((version IS NULL) <> (source_job IS NULL))
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE job_gpus (
            job INTEGER NOT NULL REFERENCES jobs (pk) ON DELETE CASCADE,
            attempt INTEGER NOT NULL CHECK (attempt >= 1),
            gpu INTEGER NOT NULL CHECK (gpu >= 0),
            PRIMARY KEY (job, attempt, gpu)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE events (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            job INTEGER NOT NULL REFERENCES jobs (pk) ON DELETE CASCADE,
            attempt INTEGER NOT NULL CHECK (attempt >= 0),
            state TEXT NOT NULL CHECK (state IN ('queued', 'starting', 'running', 'stopping', 'finished')),
            outcome TEXT CHECK (outcome IN ('success', 'failed', 'timeout', 'shutdown', 'lost')),
            reason TEXT,
            at INTEGER NOT NULL,
            CHECK ((state = 'finished') = (outcome IS NOT NULL))
        ) STRICT;
        INSERT INTO events VALUES(1,1,0,'queued',NULL,NULL,1795372035432);
        INSERT INTO events VALUES(2,1,1,'starting',NULL,NULL,1795372035438);
        INSERT INTO events VALUES(3,2,0,'queued',NULL,NULL,1795372035985);
        INSERT INTO events VALUES(4,2,1,'starting',NULL,NULL,1795372035986);
        INSERT INTO events VALUES(5,3,0,'queued',NULL,NULL,1795372036057);
        INSERT INTO events VALUES(6,4,0,'queued',NULL,NULL,1795372036128);
        INSERT INTO events VALUES(7,1,1,'running',NULL,NULL,1795372036292);
        INSERT INTO events VALUES(8,1,1,'finished','success',NULL,1795372036296);
        INSERT INTO events VALUES(9,3,1,'starting',NULL,NULL,1795372036297);
        INSERT INTO events VALUES(10,2,1,'running',NULL,NULL,1795372036316);
        INSERT INTO events VALUES(11,2,1,'finished','failed','the command exited with code 3',1795372036317);
        INSERT INTO events VALUES(12,4,1,'starting',NULL,NULL,1795372036318);
        INSERT INTO events VALUES(13,3,1,'running',NULL,NULL,1795372036320);
        INSERT INTO events VALUES(14,3,1,'finished','failed','the command was ended by SIGKILL',1795372036331);
        INSERT INTO events VALUES(15,4,1,'running',NULL,NULL,1795372036348);
        INSERT INTO events VALUES(16,4,1,'finished','timeout','the time limit of 1 s was reached',1795372037359);
        INSERT INTO events VALUES(17,5,0,'queued',NULL,NULL,1795372037879);
        INSERT INTO events VALUES(18,5,1,'starting',NULL,NULL,1795372037880);
        INSERT INTO events VALUES(19,5,1,'running',NULL,NULL,1795372037913);
        INSERT INTO events VALUES(20,5,1,'stopping',NULL,'stopped by alice',1795372039907);
        INSERT INTO events VALUES(21,5,1,'finished','shutdown','stopped by alice',1795372039927);
        INSERT INTO events VALUES(22,6,0,'queued',NULL,NULL,1795372040947);
        INSERT INTO events VALUES(23,6,1,'starting',NULL,NULL,1795372040950);
        INSERT INTO events VALUES(24,6,1,'running',NULL,NULL,1795372040976);
        INSERT INTO events VALUES(25,6,1,'finished','lost','its worker vanished without a record: it was killed, or the machine went down',1795372042475);
        INSERT INTO events VALUES(26,7,0,'queued',NULL,NULL,1795372043514);
        INSERT INTO events VALUES(27,7,1,'starting',NULL,NULL,1795372043521);
        INSERT INTO events VALUES(28,7,1,'queued',NULL,'its worker never started',1795372048936);
        INSERT INTO events VALUES(29,7,2,'starting',NULL,NULL,1795372048938);
        INSERT INTO events VALUES(30,7,2,'stopping',NULL,'stopped by alice',1795372051538);
        INSERT INTO events VALUES(31,8,0,'queued',NULL,NULL,1795372051580);
        INSERT INTO events VALUES(32,8,1,'starting',NULL,NULL,1795372051582);
        INSERT INTO events VALUES(33,9,0,'queued',NULL,NULL,1795372051618);
        INSERT INTO events VALUES(34,8,1,'running',NULL,NULL,1795372051636);
        INSERT INTO events VALUES(35,10,0,'queued',NULL,NULL,1795372051656);
        INSERT INTO events VALUES(36,11,0,'queued',NULL,NULL,1795372051693);
        INSERT INTO events VALUES(37,11,0,'finished','shutdown','stopped by alice',1795372052228);
        DELETE FROM sqlite_sequence;
        INSERT INTO sqlite_sequence VALUES('jobs',11);
        INSERT INTO sqlite_sequence VALUES('events',37);
        CREATE INDEX tokens_by_user ON tokens (user);
        CREATE INDEX tree_contents_by_content ON tree_contents (sha256, executable);
        CREATE INDEX uploads_unfinished ON uploads (expires) WHERE state <> 'committed';
        CREATE INDEX uploads_by_tree ON uploads (tree);
        CREATE INDEX dataset_versions_by_tree ON dataset_versions (tree);
        CREATE INDEX jobs_by_state ON jobs (state);
        CREATE INDEX jobs_by_owner ON jobs (owner);
        CREATE INDEX jobs_by_code ON jobs (code);
        CREATE INDEX job_inputs_by_version ON job_inputs (version) WHERE version IS NOT NULL;
        CREATE INDEX job_inputs_by_source_job ON job_inputs (source_job) WHERE source_job IS NOT NULL;
        CREATE INDEX events_by_job ON events (job);
        COMMIT;
        """#
}
