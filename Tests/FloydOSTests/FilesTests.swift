@testable import FloydOS
import Glibc
import Testing

/// A folder of its own for each test, removed at the end.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/floyd-files-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        try? Folder.removeTree(path)
    }
}

@Suite struct FilesTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func durableWriteReplacesWholeAndLeavesNoTemporary() throws {
        let path = "\(folder.path)/record"
        try DurableFile.write(Array("first, and longer".utf8), to: path)
        try DurableFile.write(Array("second".utf8), to: path, mode: 0o640)
        #expect(try DurableFile.read(path) == Array("second".utf8))
        #expect(try Folder.names(in: folder.path) == ["record"])
    }

    @Test func readingAnAbsentFileIsNilAndATooLongOneAnError() throws {
        #expect(try DurableFile.read("\(folder.path)/absent") == nil)
        try DurableFile.write(Array(repeating: 1, count: 100), to: "\(folder.path)/long")
        #expect(throws: SystemError("read", code: EFBIG)) { try DurableFile.read("\(folder.path)/long", limit: 99) }
    }

    @Test(arguments: [0, 4095, 4096, 4097, 69_632, 200_000]) func readingBringsEveryByte(size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        try DurableFile.write(bytes, to: "\(folder.path)/file")
        #expect(try DurableFile.read("\(folder.path)/file") == bytes)
    }

    @Test func aRenameToANewNameReplacesNothing() throws {
        let (old, taken, new) = ("\(folder.path)/old", "\(folder.path)/taken", "\(folder.path)/new")
        try DurableFile.write([1], to: old)
        try DurableFile.write([2], to: taken)
        #expect(try Folder.rename(old, toNew: taken) == false)
        #expect(try DurableFile.read(old) == [1] && DurableFile.read(taken) == [2])
        #expect(try Folder.rename(old, toNew: new))
        #expect(try DurableFile.read(old) == nil && DurableFile.read(new) == [1])
        #expect(throws: SystemError("rename", path: old, code: ENOENT)) { _ = try Folder.rename(old, toNew: taken) }
    }

    @Test func numbersAreFoundByTheWholeOfTheirKey() throws {
        try DurableFile.write(Array("low 1\noom 2\noom_kill 37\nmax\n".utf8), to: "\(folder.path)/memory.events")
        try DurableFile.write(Array("4096\n".utf8), to: "\(folder.path)/memory.current")
        try DurableFile.write(Array("max\n".utf8), to: "\(folder.path)/memory.max")
        let group = CgroupFolder(folder.path)
        #expect(group.number("oom_kill", of: "memory.events") == 37)
        #expect(group.number("oom", of: "memory.events") == 2)
        #expect(group.number("kill", of: "memory.events") == nil)
        #expect(group.number("max", of: "memory.events") == nil)
        #expect(group.number("memory.current") == 4096)
        #expect(group.number("memory.max") == nil)
        #expect(group.number("absent") == nil)
    }

    @Test func openBeneathRefusesEveryWayOut() throws {
        try Folder.create("\(folder.path)/root/inner", withParents: true)
        try DurableFile.write([1], to: "\(folder.path)/secret")
        try DurableFile.write([2], to: "\(folder.path)/root/inner/file")
        symlink("../secret", "\(folder.path)/root/link")
        symlink("inner", "\(folder.path)/root/folderlink")
        let root = try FileDescriptor.open("\(folder.path)/root", O_RDONLY | O_DIRECTORY)
        #expect(try root.openBeneath("inner/file", O_RDONLY).readAll(limit: 10) == [2])
        for path in ["../secret", "link", "folderlink/file", "\(folder.path)/secret", "inner/../../secret"] {
            #expect(throws: SystemError.self) { _ = try root.openBeneath(path, O_RDONLY) }
        }
    }

    @Test func removeTreeFollowsNoLinkAndRemovesWhatNobodyMayRead() throws {
        try Folder.create("\(folder.path)/kept")
        try DurableFile.write([1], to: "\(folder.path)/kept/file")
        try Folder.create("\(folder.path)/tree/closed", withParents: true)
        try DurableFile.write([1], to: "\(folder.path)/tree/closed/file")
        symlink("../kept", "\(folder.path)/tree/link")
        mkfifo("\(folder.path)/tree/fifo", 0o600)
        chmod("\(folder.path)/tree/closed", 0)
        try Folder.removeTree("\(folder.path)/tree")
        try Folder.removeTree("\(folder.path)/tree")
        #expect(try FileStatus.of("\(folder.path)/tree") == nil)
        #expect(try FileStatus.of("\(folder.path)/kept/file")?.size == 1)
    }

    /// Deeper than many a process may have files open.
    @Test func removeTreeRemovesAnyDepth() throws {
        try Folder.create("\(folder.path)/deep")
        var level = try FileDescriptor.open("\(folder.path)/deep", O_RDONLY | O_DIRECTORY)
        for _ in 0..<3000 {
            try #require(mkdirat(level.raw, "d", 0o700) == 0)
            level = try level.open("d", O_RDONLY | O_DIRECTORY)
        }
        try Folder.removeTree("\(folder.path)/deep")
        #expect(try FileStatus.of("\(folder.path)/deep") == nil)
    }

    @Test func removeTreeLeavesTheRestWhenItIsNoLongerWanted() throws {
        try Folder.create("\(folder.path)/tree")
        for name in ["a", "b", "c"] { try DurableFile.write([1], to: "\(folder.path)/tree/\(name)") }
        var count = 0
        try Folder.removeTree("\(folder.path)/tree") {
            count += 1
            return count <= 2
        }
        #expect(try Folder.names(in: "\(folder.path)/tree").count == 1)
        try Folder.removeTree("\(folder.path)/tree")
        #expect(try FileStatus.of("\(folder.path)/tree") == nil)
    }

    @Test func aSharedLockIsHeldWithOthersButNotBesideOneAlone() throws {
        let path = "\(folder.path)/shared"
        func isShared() throws -> Bool {
            switch try FileLock.tryAcquireShared(path) {
            case .some: true
            case .none: false
            }
        }
        let alone = try FileLock.acquire(path)
        #expect(try !isShared())
        _ = consume alone
        let shared = try FileLock.acquireShared(path)
        #expect(try isShared())
        _ = consume shared
    }

    @Test func aLockIsHeldOnceAndFreedWithItsValue() throws {
        let path = "\(folder.path)/lock"
        func isFree() throws -> Bool {
            switch try FileLock.tryAcquire(path) {
            case .some: true
            case .none: false
            }
        }
        func whileHeld() throws -> Bool {
            let lock = try FileLock.acquire(path)
            let free = try isFree()
            _ = consume lock
            return free
        }
        #expect(try whileHeld() == false)
        #expect(try isFree())
    }

    @Test func aLockIsFreeAtOnceAlsoWhenAChildStillHasACopyOfItsDescriptor() throws {
        func copyWhileHeld() throws -> FileDescriptor {
            let lock = try FileLock.acquire("\(folder.path)/lock")
            return FileDescriptor(owning: dup(lock.file.raw))
        }
        let copy = try copyWhileHeld()
        let isFree =
            switch try FileLock.tryAcquire("\(folder.path)/lock") {
            case .some: true
            case .none: false
            }
        #expect(isFree)
        try copy.close()
    }

    @Test(arguments: [0, 1, 300_000]) func copiesAreEqual(size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try DurableFile.write(bytes, to: "\(folder.path)/from")
        let to = try FileDescriptor.open("\(folder.path)/to", O_RDWR | O_CREAT | O_EXCL)
        try FileCopy.copy(from: FileDescriptor.open("\(folder.path)/from", O_RDONLY), to: to)
        #expect(try DurableFile.read("\(folder.path)/to") == bytes)
    }

    @Test func namesAreBytesAndThoseThatAreUTF8Sorted() throws {
        for name in ["b", "a", "ä"] { try DurableFile.write([], to: "\(folder.path)/\(name)") }
        let odd: [CChar] = "\(folder.path)/".utf8CString.dropLast() + [CChar(bitPattern: 0xff), 0]
        close(open(odd, O_CREAT | O_WRONLY, 0o600))
        #expect(try Folder.names(in: folder.path) == ["a", "b", "ä"])
        let descriptor = try FileDescriptor.open(folder.path, O_RDONLY | O_DIRECTORY)
        #expect(try Folder.rawNames(in: descriptor).count == 4)
    }

    @Test func theBlockingPoolBringsBackValuesAndErrorsFromItsOwnThreads() async throws {
        let pool = BlockingPool(threads: 2, name: "test")
        let thread = try await pool.run { pthread_self() }
        #expect(thread != pthread_self())
        await #expect(throws: SystemError.self) { try await pool.run { throw SystemError("nothing", code: EIO) } }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for value in 0..<200 { group.addTask { try await pool.run { value } } }
            var sum = 0
            for try await value in group { sum += value }
            #expect(sum == 19_900)
        }
    }
}
