import FloydModel
import Foundation
import Testing

@testable import FloydBlobs

struct ArchiveUploadTests {
    private let fixture: Fixture

    init() throws {
        fixture = try Fixture()
    }

    @Test func bytesOfAnArchiveAreKeptAsThoseOfAnyUpload() throws {
        let id = ObjectID()
        let begun = try fixture.store.beginArchive(id, length: 10)
        let first = try begun.receive(at: 0)
        try first.append(Array("0123".utf8))
        #expect(throws: FloydError.self) { try begun.holdArchive() }
        #expect(try first.finish() == 4)
        try fixture.reopen()
        let upload = try fixture.store.upload(id)
        #expect(try upload.status().offset == 4)
        #expect(throws: FloydError.self) { try upload.receive(at: 3) }
        let second = try upload.receive(at: 4)
        try second.append(Array("456789".utf8))
        #expect(try second.finish() == 10)
        let held = try upload.holdArchive()
        #expect(held.size == 10)
        #expect(try String(contentsOfFile: held.path, encoding: .utf8) == "0123456789")
        // Nobody removes it meanwhile, and it can be asked about.
        #expect(throws: FloydError.self) { try fixture.store.removeUpload(id) }
        #expect(try upload.status().state == .complete)
        withExtendedLifetime(held) {}
    }

    @Test func goesBackToTheCheckpointWhereTheMachineWentDown() throws {
        let id = ObjectID()
        let upload = try fixture.store.beginArchive(id, length: 10)
        let first = try upload.receive(at: 0)
        try first.append(Array("0123".utf8))
        try first.finish()
        do {
            let second = try upload.receive(at: 4)
            try second.append(Array("45".utf8))
            // As if it was killed here, and the machine with it.
            _ = second
        }
        try fixture.pretendReboot(id)
        try fixture.reopen()
        #expect(try fixture.store.upload(id).status().offset == 4)
    }

    @Test func oneThatComesInOneGoIsGoneWithItsReceiver() throws {
        do {
            let receiver = try fixture.store.receiveArchive(ObjectID(), limit: 6)
            try receiver.append([1, 2, 3])
            try receiver.append([4, 5, 6])
            #expect(receiver.size == 6)
            #expect(try Data(contentsOf: URL(fileURLWithPath: receiver.path)) == Data([1, 2, 3, 4, 5, 6]))
            #expect(throws: FloydError.self) { try receiver.append([7]) }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(fixture.root)/uploads").isEmpty)
    }
}
