import FloydModel
import FoundationEssentials
import GRDB
import Testing

@testable import FloydStore

/// A store in a folder of its own, with two accounts and an admin; the folder goes when the test ends.
struct StoreFixture {
    /// A time that the database can hold exactly.
    static let now = Date(timeIntervalSince1970: 1_800_000_000.125)

    let store: Store
    let path: String
    let alice: UserRecord
    let bob: UserRecord
    let root: UserRecord

    /// - Parameters:
    ///   - writes: how writes are grouped.
    ///   - free: what the disk says it has left; nil: the real one.
    static func with(
        writes: WriteQueue = WriteQueue(),
        free: (@Sendable () -> Int64?)? = nil,
        _ body: (StoreFixture) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let path = "\(folder)/\(Store.fileName)"
            let ballast = free.map { Ballast(in: folder, free: $0) } ?? Ballast(besideDatabase: path)
            let store = try await Store.open(path: path, migrating: true, writes: writes, ballast: ballast)
            let fixture = StoreFixture(
                store: store,
                path: path,
                alice: try await store.accounts.addUser(Name("alice"), at: now),
                bob: try await store.accounts.addUser(Name("bob"), at: now),
                root: try await store.accounts.addUser(Name("root"), role: .admin, at: now)
            )
            try await body(fixture)
            try await store.close()
        }
    }

    static func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("floydstore-\(ObjectID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    /// 32 bytes that `seed` tells apart.
    static func digest(_ seed: Int) -> Data {
        withUnsafeBytes(of: seed.bigEndian) { Data(repeating: 0xAB, count: 24) + Data($0) }
    }

    func upload(_ seed: Int, of user: UserRecord, length: Int64 = 0) async throws -> UploadRecord {
        try await store.uploads.create(
            NewUpload(
                owner: user.id,
                digest: Self.digest(seed),
                files: 2,
                bytes: 20,
                length: length,
                missing: length == 0 ? 0 : 1,
                created: Self.now,
                expires: Self.now.addingTimeInterval(60)
            )
        )
    }

    func tree(_ seed: Int, of user: UserRecord, contents: [TreeContent] = []) async throws -> TreeRecord {
        let upload = try await upload(seed, of: user)
        return try await store.uploads.commit(upload.id, digest: Self.digest(seed), at: Self.now) { insert in
            for content in contents { try insert(content, 10) }
        }
    }

    func dataset(_ name: String, of user: UserRecord) async throws -> DatasetRecord {
        try await store.resources.createOrGet(.datasets, Name(name), owner: user.id, at: Self.now)
    }

    /// A dataset with `count` versions, the newest last.
    func versions(_ count: Int, of name: String, _ user: UserRecord) async throws -> [DatasetVersionRecord] {
        let dataset = try await dataset(name, of: user)
        let tree = try await tree(1, of: user)
        var versions: [DatasetVersionRecord] = []
        for _ in 0..<count {
            versions.append(try await store.versions.add(to: dataset.id, tree: tree.id, message: nil, at: Self.now))
        }
        return versions
    }

    func newJob(_ user: UserRecord, project: String = "x", retries: Int = 0, inputs: [NewJob.Input] = []) async throws
        -> NewJob
    {
        NewJob(
            owner: user.id,
            project: try Name(project),
            code: try await tree(0, of: user).id,
            command: "python main.py",
            environment: "keras",
            instanceType: "gpu",
            resources: Resources(cpus: 2, memory: 1 << 33, gpus: 1),
            message: "first try",
            maxRuntime: 3600,
            retries: retries,
            inputs: inputs,
            created: Self.now
        )
    }

    func submit(_ user: UserRecord, project: String = "x", retries: Int = 0, inputs: [NewJob.Input] = []) async throws
        -> JobRecord
    {
        try await store.jobs.submit(newJob(user, project: project, retries: retries, inputs: inputs))
    }

    /// Statements that the store itself would never run.
    func sql(_ statement: String) async throws {
        try await store.write { try $0.execute(sql: statement) }
    }

    func integer(_ statement: String) async throws -> Int64? {
        try await store.read { try $0.integer(statement) }
    }
}

/// The code of the `FloydError` that `body` throws, nil if it throws none.
func code(_ body: () async throws -> Void) async throws -> FloydError.Code? {
    do {
        try await body()
        return nil
    } catch let error as FloydError {
        return error.code
    }
}
