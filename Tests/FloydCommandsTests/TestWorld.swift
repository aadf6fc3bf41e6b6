import FloydAPI
import FloydClient
import FloydModel
import Foundation

@testable import FloydCommands

/// Text that was written.
final class MemorySink: ByteSink {
    private(set) var bytes: [UInt8] = []
    /// Why nothing more can be written.
    var failure: Int32?

    var text: String { String(decoding: bytes, as: UTF8.self) }

    func write(_ bytes: UnsafeRawBufferPointer) -> Int32? {
        if failure == nil { self.bytes += bytes }
        return failure
    }
}

/// A server that answers by method and path; what it doesn't know is a test's mistake.
final class FakeServer: Transport {
    struct Request {
        var method: String
        var path: String
        var headers: [String: String]
        var body: [UInt8]

        var line: String { "\(method) \(path)" }
    }

    typealias Answer = (status: Int, fields: [String: String], body: [UInt8])

    private(set) var requests: [Request] = []
    private var answers: [String: (Request) -> Answer] = [:]

    var lines: [String] { requests.map(\.line) }

    func on(_ line: String, _ answer: @escaping (Request) -> Answer) {
        answers[line] = answer
    }

    func on(_ line: String, status: Int = 200, _ message: some Encodable) {
        let body = (try? MessageCoding.encode(message)).map { [UInt8]($0) } ?? []
        answers[line] = { _ in (status, [:], body) }
    }

    func on(_ line: String, fails error: FloydError) {
        on(line, status: error.code.status, Problem(error))
    }

    func perform(
        _ request: TransportRequest,
        receive: (TransportHead, UnsafeRawBufferPointer) throws(FloydError) -> Void
    ) throws(TransportFailure) -> TransportHead {
        var headers: [String: String] = [:]
        for header in request.headers { headers[header.name] = header.value }
        let seen: Request
        do throws(FloydError) {
            seen = Request(
                method: request.method,
                path: request.path,
                headers: headers,
                body: try Self.read(request.body)
            )
        } catch {
            throw .local(error)
        }
        requests.append(seen)
        guard let answer = answers[seen.line]?(seen) ?? Self.answer(toChanges: seen) ?? Self.answer(toServer: seen)
        else {
            throw .unreachable("nothing at \(seen.line)")
        }
        let head = TransportHead(status: answer.status, fields: answer.fields)
        var failure: FloydError?
        answer.body.withUnsafeBytes { bytes in
            do throws(FloydError) {
                if !bytes.isEmpty { try receive(head, bytes) }
            } catch {
                failure = error
            }
        }
        if let failure { throw .local(failure) }
        return head
    }

    /// Unless a test says otherwise it knows whole manifests alone, as servers of before.
    private static func answer(toChanges request: Request) -> Answer? {
        guard request.line.hasPrefix("POST /api/v1/uploads?base=") else { return nil }
        let problem = Problem(FloydError(.unsupportedMediaType, "changes are not taken here"))
        return (415, [:], (try? MessageCoding.encode(problem)).map { [UInt8]($0) } ?? [])
    }

    /// Names contents as new servers do.
    private static func answer(toServer request: Request) -> Answer? {
        guard request.line == "GET \(APIPath.server)" else { return nil }
        let server = ServerResponse(
            version: "1",
            isolation: "none",
            refusal: nil,
            uids: "service",
            total: Resources(cpus: 1, memory: 1, gpus: 0),
            contentHash: "blake3"
        )
        return (200, [:], (try? MessageCoding.encode(server)).map { [UInt8]($0) } ?? [])
    }

    private static func read(_ body: TransportRequest.Body) throws(FloydError) -> [UInt8] {
        switch body {
        case .none: return []
        case .bytes(let bytes): return bytes
        case .stream(let source, _, let length):
            var bytes: [UInt8] = []
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
            defer { buffer.deallocate() }
            while bytes.count < Int(length) {
                let count = try source.read(into: buffer)
                if count == 0 { break }
                bytes += buffer[..<count]
            }
            return bytes
        }
    }
}

/// A folder, a home, a console and a server of the test's own.
final class TestWorld {
    let root: String
    let server = FakeServer()
    let output = MemorySink()
    let errors = MemorySink()
    var environment: [String: String]
    var isTerminal = false
    /// The statuses that the process would have ended with because of its output.
    private(set) var ends: [Int32] = []
    var columns: Int?
    var token = ""
    var now = Date(timeIntervalSince1970: 1_795_325_298)

    /// - Parameter isLoggedIn: as alice.
    init(isLoggedIn: Bool = true) throws {
        root = NSTemporaryDirectory() + "floyd-commands-\(UUID().uuidString)"
        environment = ["HOME": root + "/home"]
        try FileManager.default.createDirectory(atPath: root + "/work", withIntermediateDirectories: true)
        if isLoggedIn {
            try context.settings()
                .save(Settings(host: "http://127.0.0.1:8080", token: "secret", user: "alice"))
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    var folder: String { root + "/work" }

    var context: CommandContext {
        CommandContext(
            environment: environment,
            folder: folder,
            console: Console(
                output: .init(sink: output, isTerminal: isTerminal, hasColours: false, columns: { self.columns }),
                errors: .init(sink: errors, isTerminal: false, hasColours: false),
                outputEnded: { self.ends.append($0) }
            ),
            makeTransport: { _ in self.server },
            readToken: { self.token },
            now: { self.now },
            rememberInterruption: {},
            pause: { _ in }
        )
    }

    func write(_ text: String, to path: String) throws {
        let full = "\(folder)/\(path)"
        try FileManager.default.createDirectory(
            atPath: (full as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: URL(fileURLWithPath: full))
    }

    func read(_ path: String) -> String? {
        FileManager.default.contents(atPath: "\(folder)/\(path)").map { String(decoding: $0, as: UTF8.self) }
    }

    @discardableResult
    func run(_ words: String...) -> Int32 {
        CommandLineTool.run(words, in: context)
    }

    func makeProject(of owner: String = "alice") throws {
        try FolderMarker.project.save(
            .init(name: try Name("classify"), namespace: try Name(owner), familyID: ObjectID()),
            in: folder
        )
    }

    func makeDataset() throws {
        try FolderMarker.dataset.save(
            .init(name: try Name("modelnet"), namespace: try Name("alice"), familyID: ObjectID()),
            in: folder
        )
    }
}

/// Answers of a server.
enum Sample {
    static let id = ObjectID("eo4LZmQVs9JMwW6xB8hta5") ?? ObjectID()
    static let uploadID = ObjectID("up4LZmQVs9JMwW6xB8hta5") ?? ObjectID()

    static func job(_ outcome: JobOutcome? = nil, exitCode: Int? = nil, state: JobState = .running) -> JobResponse {
        JobResponse(
            id: id,
            name: "alice/projects/classify/1",
            state: outcome == nil ? state : .finished,
            outcome: outcome,
            exitCode: exitCode,
            signal: nil,
            reason: nil,
            created: Date(timeIntervalSince1970: 1_795_325_238.497),
            started: Date(timeIntervalSince1970: 1_795_325_240),
            finished: outcome == nil ? nil : Date(timeIntervalSince1970: 1_795_325_250),
            command: "python main.py",
            environment: "keras",
            instanceType: "cpu",
            message: "first",
            attempt: 1,
            gpus: [],
            data: [.init(source: "alice/datasets/modelnet/1", id: id, path: "/input")],
            maxRuntime: nil,
            isolation: "bubblewrap",
            duration: outcome == nil ? 41.9 : 9.2
        )
    }

    static func attempt(
        _ number: Int,
        _ outcome: JobOutcome? = nil,
        exitCode: Int? = nil,
        reason: String? = nil
    ) -> AttemptResponse {
        AttemptResponse(
            number: number,
            outcome: outcome,
            exitCode: exitCode,
            reason: reason,
            claimed: Date(timeIntervalSince1970: 1_795_325_239),
            started: Date(timeIntervalSince1970: 1_795_325_240),
            duration: 12.7
        )
    }

    static func version(_ number: Int = 1) -> DatasetVersionResponse {
        DatasetVersionResponse(
            id: id,
            name: "alice/datasets/modelnet/\(number)",
            created: Date(timeIntervalSince1970: 1_795_325_238),
            number: number,
            size: 2_150_000,
            files: 3,
            message: nil
        )
    }

    static func upload(
        _ state: UploadResponse.State,
        length: Int64 = 0,
        missing: Int = 0,
        files: Int = 0
    ) -> UploadResponse {
        UploadResponse(
            id: uploadID,
            state: state,
            length: length,
            offset: 0,
            missing: missing,
            files: files,
            size: length,
            expires: nil
        )
    }

    static func resource(_ name: String, owner: String = "alice") throws -> ResourceResponse {
        ResourceResponse(
            id: id,
            name: name,
            owner: try Name(owner),
            created: Date(timeIntervalSince1970: 1_795_325_238)
        )
    }
}
