import FloydModel
import FloydOS
import FloydTree
import Foundation
import Synchronization
import Testing

@testable import FloydBlobs

struct OutputIntakeTests {
    private let fixture: Fixture
    private let output: String

    init() throws {
        fixture = try Fixture()
        output = "\(fixture.root)-output/output"
        try FileManager.default.createDirectory(atPath: "\(output)/a/deep", withIntermediateDirectories: true)
        for name in ["a/deep/x", "a-b", "model.bin", "../secret"] { try write("text", to: name) }
        try FileManager.default.createSymbolicLink(atPath: "\(output)/inside", withDestinationPath: "a")
    }

    private func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(output)/\(name)"))
    }

    private func clear() {
        try? FileManager.default.removeItem(atPath: "\(fixture.root)-output")
    }

    private func take(
        namesAtOnce: Int = 50_000,
        admit: @escaping OutputIntake.Admission = { _, _ in }
    ) throws -> [ManifestEntry] {
        var intake = try TreeIntake(store: fixture.store, id: ObjectID())
        try OutputIntake(namesAtOnce: namesAtOnce, admit: admit).add(output, to: &intake)
        let tree = try intake.commit(materialising: true)
        var entries: [ManifestEntry] = []
        try fixture.store.forEachEntry(of: tree.digest) { entries.append($0) }
        return entries
    }

    private func refusal() -> FloydError? {
        do {
            _ = try take()
            return nil
        } catch let error as FloydError {
            return error
        } catch {
            return nil
        }
    }

    @Test func markersOfFoldersAreLeftOut() throws {
        defer { clear() }
        try write("{}", to: ".floyddata")
        try write("{}", to: "a/.floydexpt")
        try FileManager.default.createDirectory(atPath: "\(output)/a/.floyddata", withIntermediateDirectories: true)
        try write("text", to: "a/.floyddata/x")
        try write("text", to: "a/.floyddatas")
        #expect(
            try take().map(\.path) == ["a", "a-b", "a/.floyddatas", "a/deep", "a/deep/x", "inside", "model.bin"]
        )
    }

    @Test func allOfItBecomesATree() throws {
        defer { clear() }
        chmod("\(output)/model.bin", 0o700)
        let entries = try take()
        #expect(entries.map(\.path) == ["a", "a-b", "a/deep", "a/deep/x", "inside", "model.bin"])
        #expect(entries.map(\.kind) == [.dir, .file, .dir, .file, .link, .file])
        #expect(entries.map(\.executable) == [false, false, false, false, false, true])
        #expect(entries[1].hash == FileHasher.hash(Array("text".utf8), .blake3))
        // What the job has is still the job's.
        #expect(try FileStatus.of("\(output)/a-b")?.links == 1)
    }

    @Test func theOrderIsTheSameHoweverFewNamesAreHeld() throws {
        defer { clear() }
        for name in ["b", "b-", "b.", "b0", "bb"] {
            try FileManager.default.createDirectory(atPath: "\(output)/\(name)", withIntermediateDirectories: true)
            try write("", to: "\(name)/f")
        }
        for number in 0..<30 { try write("", to: "b-\(number)") }
        let all = try take().map(\.path)
        for count in [1, 2, 3, 7] { #expect(try take(namesAtOnce: count).map(\.path) == all) }
    }

    @Test func whatCannotBeInADatasetIsRefusedByName() throws {
        defer { clear() }
        func expect(_ part: String, _ code: FloydError.Code = .invalidPath, _ make: () throws -> String) throws {
            let path = try make()
            let error = refusal()
            #expect(error?.code == code, "\(part)")
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "nothing was refused")")
            try FileManager.default.removeItem(atPath: path)
        }
        try expect("\"pipe\" is a FIFO") {
            mkfifo("\(output)/pipe", 0o666)
            return "\(output)/pipe"
        }
        try expect("\"out\" to \"../secret\"") {
            try FileManager.default.createSymbolicLink(atPath: "\(output)/out", withDestinationPath: "../secret")
            return "\(output)/out"
        }
        try expect("\"a/root\" to \"/etc/shadow\"") {
            try FileManager.default.createSymbolicLink(atPath: "\(output)/a/root", withDestinationPath: "/etc/shadow")
            return "\(output)/a/root"
        }
        if geteuid() == 0 {
            try expect("\"null\" is a device") {
                mknod("\(output)/null", S_IFCHR | 0o666, dev_t(0x103))
                return "\(output)/null"
            }
        }
        try expect("is a socket") {
            let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(socket) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let folder = open(output, O_RDONLY | O_DIRECTORY)
            defer { close(folder) }
            // Shorter than the path itself may be.
            let path = "/proc/self/fd/\(folder)/s"
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            #expect(result == 0)
            return "\(output)/s"
        }
        let name = Array("\(output)/n".utf8CString.dropLast()) + [CChar(bitPattern: 0xFF), 0]
        close(open(name, O_CREAT | O_WRONLY, 0o600))
        #expect(refusal()?.message.contains("not UTF-8") == true)
        unlink(name)
        #expect(refusal() == nil)
        // And nothing of what was refused is left.
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(fixture.root)/uploads").isEmpty)
    }

    @Test func theFolderItselfIsNoLink() throws {
        defer { clear() }
        let link = "\(fixture.root)-output/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "output")
        var intake = try TreeIntake(store: fixture.store, id: ObjectID())
        #expect(throws: FloydError.self) { try OutputIntake { _, _ in }.add(link, to: &intake) }
    }

    @Test func whoeverAdmitsIsAskedBeforeEachFile() throws {
        defer { clear() }
        let asked = Mutex<[Int64]>([])
        let error = #expect(throws: FloydError.self) {
            try take { taken, next throws(FloydError) in
                asked.withLock { $0 += [taken, next] }
                if taken == 4 { throw FloydError(.outOfSpace, "full") }
            }
        }
        #expect(error?.code == .outOfSpace)
        #expect(asked.withLock { $0 } == [0, 4, 4, 4])
    }

    /// Swaps a file for a link to a secret and back, over and over, until it is stopped.
    private final class Swapper: Sendable {
        private let goesOn = Atomic(true)
        private let hasEnded = DispatchSemaphore(value: 0)

        init(_ path: String, secret: String) {
            Foundation.Thread { [self] in
                while goesOn.load(ordering: .relaxed) {
                    symlink(secret, "\(path).l")
                    rename("\(path).l", path)
                    try? Data("0123456789".utf8).write(to: URL(fileURLWithPath: "\(path).f"))
                    rename("\(path).f", path)
                    // Others have tests to run, too.
                    usleep(20)
                }
                hasEnded.signal()
            }.start()
        }

        func stop() {
            goesOn.store(false, ordering: .relaxed)
            hasEnded.wait()
        }
    }

    @Test func aSwappedFileHarmsNothing() throws {
        defer { clear() }
        try write("the secret", to: "../secret")
        let swapper = Swapper("\(output)/model.bin", secret: "\(fixture.root)-output/secret")
        for _ in 0..<100 { _ = try? take() }
        swapper.stop()
        let secret = ContentID(hash: FileHasher.hash(Array("the secret".utf8), .blake3).bytes, executable: false)
        #expect(try !fixture.store.hasContent(#require(secret)))
        // Whatever was taken is what its name says.
        try ContentSurvey(fixture.store).forEachBatch { ids in
            for id in ids { #expect(fixture.store.flaw(of: id, size: nil) { _ in } == nil) }
        }
    }
}
