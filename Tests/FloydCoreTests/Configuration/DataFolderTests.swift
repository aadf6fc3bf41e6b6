import FloydRun
import FloydModel
import FloydOS
import Foundation
import Testing

@testable import FloydCore

@Suite struct DataFolderTests {
    private func mode(_ path: String) throws -> UInt32? { try FileStatus.of(path)?.mode }

    @Test func isMadeForTheServiceAlone() async throws {
        try await Scratch.with { root in
            let folder = DataFolder("\(root)/a/data")
            try folder.prepare()
            try folder.prepare()
            for path in [folder.path, folder.blobs, folder.runs, folder.environments, folder.caches] {
                #expect(try mode(path) == 0o700)
            }
        }
    }

    @Test func refusesAFolderThatOthersMayWriteTo() async throws {
        try await Scratch.with { root in
            chmod(root, 0o777)
            let error = refusal { () throws(FloydError) in try DataFolder(root).prepare() }
            #expect(error?.code == .forbidden)
            #expect(error?.message.contains(root) == true)
            let names = try Folder.names(in: root)
            #expect(names.isEmpty)
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func refusesAnotherUsersFolder() async throws {
        try await Scratch.with { root in
            chown(root, 65_534, 65_534)
            #expect(refusal { () throws(FloydError) in try DataFolder(root).prepare() }?.code == .forbidden)
        }
    }

    @Test func refusesAFile() async throws {
        try await Scratch.with { root in
            try "x".write(toFile: "\(root)/file", atomically: true, encoding: .utf8)
            let error = refusal { () throws(FloydError) in try DataFolder("\(root)/file").prepare() }
            #expect(error?.code == .localFile)
        }
    }

    @Test func opensTheWayForJobsAndClosesItAgain() async throws {
        try await Scratch.with { root in
            let folder = DataFolder("\(root)/data")
            try folder.prepare()
            try folder.setPassable(true, [])
            for path in [folder.path, folder.blobs, folder.runs, folder.environments] {
                #expect(try mode(path) == 0o711)
            }
            try folder.setPassable(false, [])
            for path in [folder.blobs, folder.runs, folder.environments] { #expect(try mode(path) == 0o700) }
        }
    }

    @Test func aRelativePathIsKeptAbsolute() throws {
        #expect(try DataFolder(absolute: "data").path == FileManager.default.currentDirectoryPath + "/data")
        #expect(try DataFolder(absolute: "/srv/x").path == "/srv/x")
    }

    @Test func seesWhichFolderIsClosed() async throws {
        try await Scratch.with { root in
            try FileManager.default.createDirectory(atPath: "\(root)/a/b", withIntermediateDirectories: true)
            chmod("\(root)/a", 0o755)
            #expect(try PathAccess.firstClosed(above: "\(root)/a/b/data") == nil)
            chmod("\(root)/a", 0o750)
            #expect(try PathAccess.firstClosed(above: "\(root)/a/b/data") == "\(root)/a")
            #expect(try PathAccess.firstClosed(above: "\(root)/a") == nil)
        }
    }

    @Test func aGroupIsAttendedAsLongAsTheWorkerOfItsAttemptHasTheLock() async throws {
        try await Scratch.with { root in
            let folder = DataFolder(root)
            let job = ObjectID()
            let run = RunDirectory(in: folder.runs, jobID: job.string, attempt: 2)
            try FileManager.default.createDirectory(atPath: run.path, withIntermediateDirectories: true)
            #expect(!folder.isAttended(group: "\(job).2"))
            let lock = try FileLock.acquire(run.lock)
            #expect(folder.isAttended(group: "\(job).2"))
            #expect(!folder.isAttended(group: "\(job).1"))
            #expect(!folder.isAttended(group: "daemon"))
            _ = consume lock
            #expect(!folder.isAttended(group: "\(job).2"))
        }
    }
}
