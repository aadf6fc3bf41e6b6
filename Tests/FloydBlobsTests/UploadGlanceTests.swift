import FloydModel
import FloydTree
import Foundation
import Testing

@testable import FloydBlobs

@Suite struct UploadGlanceTests {
    private static let files = [TestFile.file("a", "first"), .file("b", "second")]

    @Test func saysHowFarItIsAlsoWhileSomethingIsSent() throws {
        let fixture = try Fixture()
        let folder = try fixture.plan(Self.files.map(\.entry))
        #expect(try fixture.store.glance(at: folder.id) == UploadGlance(length: 11, offset: 0, hasFailed: false))
        let receiver = try folder.receive(at: 0)
        try receiver.append(Array("firstsec".utf8))
        // Nobody waits for it.
        #expect(try fixture.store.glance(at: folder.id)?.length == 11)
        try receiver.finish()
        #expect(try fixture.store.glance(at: folder.id)?.offset == 8)
        let rest = try folder.receive(at: 8)
        try rest.append(Array("ond".utf8))
        try rest.finish()
        _ = try folder.commit()
        #expect(try fixture.store.glance(at: folder.id) == UploadGlance(length: 11, offset: 11, hasFailed: false))
    }

    @Test func saysThatItHasFailedOrIsGone() throws {
        let fixture = try Fixture()
        let folder = try fixture.plan(Self.files.map(\.entry))
        #expect(throws: FloydError.self) {
            let receiver = try folder.receive(at: 0)
            try receiver.append(Array("wrong".utf8))
            try receiver.finish()
        }
        #expect(try fixture.store.glance(at: folder.id)?.hasFailed == true)
        try fixture.store.removeUpload(folder.id)
        #expect(try fixture.store.glance(at: folder.id) == nil)
    }

    @Test func nobodyRemovesWhatIsCommittedAsLongAsThatIsHeld() throws {
        let fixture = try Fixture()
        let folder = try fixture.plan(Self.files.map(\.entry))
        try fixture.send(Self.files, to: folder)
        func remove() -> FloydError.Code? {
            do throws(FloydError) {
                try fixture.store.removeUpload(folder.id)
                return nil
            } catch {
                return error.code
            }
        }
        do {
            let held = try folder.heldCommit()
            #expect(remove() == .locked)
            #expect(held.tree.files == 2)
        }
        #expect(remove() == nil)
        #expect(remove() == nil)
    }
}
