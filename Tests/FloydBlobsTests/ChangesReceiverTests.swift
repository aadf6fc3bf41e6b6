import FloydModel
import FloydTree
import Foundation
import Synchronization
import Testing

@testable import FloydBlobs

/// Uploads whose manifest is told from a tree's that is here.
struct ChangesReceiverTests {
    private static let old = (0..<50).map { TestFile.file("f\(100 + $0)", "content \($0)") }
    private static let added = TestFile.file("g", "new")

    private let fixture: Fixture

    init() throws {
        fixture = try Fixture()
    }

    private static func manifest(_ files: [TestFile]) -> [UInt8] { files.flatMap { ManifestCoding.line($0.entry) } }

    private static func base(of tree: CommittedTree) -> TreeBase {
        let result = FileHasher.sha256(manifest(old + [added]))
        return TreeBase(digest: tree.digest, files: old.count, bytes: 0, result: result)
    }

    /// What becomes of an upload of the old files and the added one.
    private func receive(_ base: TreeBase, in room: ChangesReceiver.Room) throws -> UploadFolder {
        let receiver = try ChangesReceiver(store: fixture.store, id: ObjectID(), from: base, limits: .init(), in: room)
        do {
            try receiver.append(ManifestCoding.line(Self.added.entry))
            return try receiver.finish()
        } catch {
            try receiver.abandon()
            #expect(try !fixture.names(in: "uploads").contains { $0.hasPrefix(".") })
            throw error
        }
    }

    @Test func roomIsAskedForAgainAndAgain() throws {
        let base = Self.base(of: try fixture.upload(Self.old))
        let asked = Mutex<[Int64]>([])
        let draft = try receive(base, in: .init(step: 500) { bytes in asked.withLock { $0.append(bytes) } })
        let length = Self.manifest(Self.old + [Self.added]).count
        #expect(draft.totals.entries == 51)
        #expect(asked.withLock { $0.count } >= length / 500)
        #expect(asked.withLock { $0.allSatisfy { $0 == 500 } })
    }

    @Test func whereThereIsNoMoreRoomItEnds() throws {
        let base = Self.base(of: try fixture.upload(Self.old))
        let left = Mutex(3)
        let room = ChangesReceiver.Room(step: 500) { _ throws(FloydError) in
            let isFull = left.withLock { left in
                left -= 1
                return left == 0
            }
            if isFull { throw FloydError(.outOfSpace, "full") }
        }
        let error = #expect(throws: FloydError.self) { try receive(base, in: room) }
        #expect(error?.code == .outOfSpace)
        #expect(left.withLock { $0 } == 0, "nothing is written after")
    }

    @Test func aFewBytesMakeNoMoreThanAWholeManifestMayHave() throws {
        let base = Self.base(of: try fixture.upload(Self.old))
        let length = Int64(Self.manifest(Self.old + [Self.added]).count)
        let error = #expect(throws: FloydError.self) { try receive(base, in: .init(most: length - 1) { _ in }) }
        #expect(error?.code == .tooLarge)
        #expect(try receive(base, in: .init(most: length) { _ in }).totals.entries == 51)
        #expect(ChangesReceiver.Room { _ in }.most == 1 << 30)
    }

    @Test func aBaseThatIsGoneOrDamagedIsNone() throws {
        let base = Self.base(of: try fixture.upload(Self.old))
        let path = "\(fixture.root)/trees/\(Hex.string(base.digest))"
        let whole = try #require(FileManager.default.contents(atPath: path))
        let damages: [Data?] = [nil, Data("x\n".utf8), whole.dropLast(7), whole + Data("{\"path\"\n".utf8)]
        for damage in damages {
            try FileManager.default.removeItem(atPath: path)
            try damage?.write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: FloydError.self) { try receive(base, in: .init { _ in }) }
            #expect(error?.code == .baseMismatch)
            if damage == nil { try Data().write(to: URL(fileURLWithPath: path)) }
        }
    }
}
