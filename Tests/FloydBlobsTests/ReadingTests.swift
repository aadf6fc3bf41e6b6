import FloydModel
import FloydOS
import FloydTree
import Foundation
import Testing

@testable import FloydBlobs

/// Trees as they are read: their contents in one stream, files, archives.
struct ReadingTests {
    private static let small: [TestFile] = [
        .folder("a"), .file("a/one", "first"), .file("a/two", ""), .file("b", "second, longer", executable: true),
        .folder("empty"), .link("l", "a/one"), .file("z", "Z"),
    ]

    private func read(_ reader: consuming ContentReader) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var isOver = false
        while !isOver {
            switch try reader.next() {
            case .bytes(let piece):
                #expect(!piece.isEmpty)
                bytes += piece
            case .file(let file, let offset, let length):
                bytes += try FilePiece.read(Int(length), of: file, at: offset)
            case nil:
                isOver = true
            }
        }
        return bytes
    }

    @Test func everyRangeOfSmallContents() throws {
        let fixture = try Fixture()
        let tree = try fixture.upload(Self.small)
        let whole = Self.small.flatMap(\.bytes)
        #expect(tree.bytes == Int64(whole.count))
        for start in 0...whole.count {
            for end in start...whole.count {
                let range = Int64(start)..<Int64(end)
                let reader = try ContentReader(tree.digest, range: range, in: fixture.store)
                #expect(try read(reader) == Array(whole[start..<end]))
            }
        }
    }

    @Test func rangesOfLargerContents() throws {
        let fixture = try Fixture()
        // Around the sizes at which a file is copied beside others or sent alone, and a piece is full.
        let sizes = [1, 32_767, 32_768, 32_769, 100_000, 3, 0, 131_072, 140_000, 10]
        let files = sizes.enumerated().map { index, size in
            TestFile.file(
                "f\(index + 10)",
                Array(repeating: [1, 2, 3, 4, 5, 6, UInt8(index)], count: size / 7 + 1).flatMap { $0 }.prefix(size).map
                { $0 }
            )
        }
        let tree = try fixture.upload(files)
        let whole = files.flatMap(\.bytes)
        var boundaries: [Int] = []
        var sum = 0
        for size in sizes {
            boundaries += [sum - 1, sum, sum + 1].filter { (0...whole.count).contains($0) }
            sum += size
        }
        for start in boundaries {
            for end in [start, start + 1, start + 32_769, whole.count] where end <= whole.count {
                let range = Int64(start)..<Int64(end)
                let reader = try ContentReader(tree.digest, range: range, in: fixture.store)
                let found = try read(reader)
                #expect(found == Array(whole[start..<end]), "\(start)..<\(end)")
            }
        }
    }

    @Test func damageIsNoticed() throws {
        let fixture = try Fixture()
        let tree = try fixture.upload(Self.small)
        let id = try #require(ContentID(of: Self.small[3].entry))
        let path = "\(fixture.root)/contents/\(id.relativePath)"
        try FileManager.default.removeItem(atPath: path)
        try Data("short".utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: FloydError.self) {
            _ = try read(try ContentReader(tree.digest, range: 0..<tree.bytes, in: fixture.store))
        }
        #expect(error?.code == .internalError)
        // More than there is.
        #expect(throws: FloydError.self) {
            _ = try read(try ContentReader(tree.digest, range: 0..<tree.bytes + 1, in: fixture.store))
        }
    }

    @Test func absentTrees() throws {
        let fixture = try Fixture()
        let digest = [UInt8](repeating: 7, count: 32)
        for attempt in [
            { _ = try fixture.store.openManifest(digest) }, { _ = try fixture.store.find("a", in: digest) },
            { _ = try TreeArchive(digest, as: .tar, modified: 0, in: fixture.store) },
        ] as [() throws -> Void] {
            #expect(throws: FloydError.self) { try attempt() }
        }
    }

    // MARK: Archives

    private func bytes(_ producer: consuming some ByteProducer & ~Copyable) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try producer.next() {
            #expect(!piece.isEmpty && piece.count < 1 << 20)
            bytes += piece
        }
        return bytes
    }

    private func archive(_ fixture: Fixture, _ tree: CommittedTree, _ format: ArchiveFormat) throws -> [UInt8] {
        try bytes(try TreeArchive(tree.digest, as: format, modified: 1_795_325_298, in: fixture.store))
    }

    /// The entries of an archive, as Python's own readers see them: path, kind, mode, time, target or content in hexadecimal.
    private func listed(_ archive: [UInt8], _ format: ArchiveFormat) async throws -> [String] {
        try await onThread { try Self.list(archive, format) }
    }

    /// What takes its time has a thread of its own: other tests need those that all share.
    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
        }
    }

    private static func list(_ archive: [UInt8], _ format: ArchiveFormat) throws -> [String] {
        let folder = NSTemporaryDirectory() + "floyd-archive-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(archive).write(to: URL(fileURLWithPath: "\(folder)/archive"))
        let script =
            switch format {
            case .tar:
                """
                import sys, tarfile
                for m in tarfile.open(sys.argv[1]):
                    kind = 'dir' if m.isdir() else 'link' if m.issym() else 'file' if m.isreg() else 'other'
                    rest = m.linkname if m.issym() else tarfile.open(sys.argv[1]).extractfile(m).read().hex() if m.isreg() else ''
                    print(m.name.encode().hex(), kind, oct(m.mode), int(m.mtime), rest)
                """
            case .zip:
                """
                import sys, zipfile, stat
                z = zipfile.ZipFile(sys.argv[1])
                assert z.testzip() is None
                for m in z.infolist():
                    mode = m.external_attr >> 16
                    kind = 'dir' if stat.S_ISDIR(mode) else 'link' if stat.S_ISLNK(mode) else 'file' if stat.S_ISREG(mode) else 'other'
                    rest = z.read(m).decode() if kind == 'link' else z.read(m).hex() if kind == 'file' else ''
                    print(m.filename.rstrip('/').encode().hex(), kind, oct(stat.S_IMODE(mode)), 1795325298, rest)
                """
            }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, "\(folder)/archive"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        }
    }

    private func line(_ file: TestFile) -> String {
        let path = Hex.string(Array(file.entry.path.utf8))
        return switch file.entry.kind {
        case .dir: "\(path) dir 0o755 1795325298"
        case .link: "\(path) link 0o777 1795325298 \(file.entry.target ?? "")"
        case .file:
            "\(path) file \(file.entry.executable ? "0o755" : "0o644") 1795325298"
                + (file.bytes.isEmpty ? "" : " \(Hex.string(file.bytes))")
        }
    }

    /// Names as people and other systems make them: long, in either normal form, with spaces, a newline.
    private static let odd: [TestFile] = [
        .file("e\u{301}/\u{fc}", "decomposed"), .file(String(repeating: "n", count: 200), "long"),
        .file(Array(repeating: String(repeating: "p", count: 90), count: 6).joined(separator: "/"), "deep"),
        .file("\u{e9}/\u{fc} \u{f1}", "composed"), .link("\u{fc}", String(repeating: "t", count: 300)),
        .file("\u{65e5}\u{672c}", [UInt8](repeating: 7, count: 300_000)), .file("\u{1F600}", "far"),
    ].sorted { $0.entry.path.utf8.lexicographicallyPrecedes($1.entry.path.utf8) }

    @Test(arguments: ArchiveFormat.allCases)
    func archivesHaveEverything(format: ArchiveFormat) async throws {
        let fixture = try Fixture()
        for files in [Self.small, Self.odd, []] {
            let tree = try fixture.upload(files)
            let archive = try archive(fixture, tree, format)
            #expect(try await listed(archive, format) == files.map(line))
            #expect(try self.archive(fixture, tree, format) == archive)
        }
    }

    @Test func anArchiveThatIsGivenUp() throws {
        let fixture = try Fixture()
        let tree = try fixture.upload(Self.odd)
        for format in ArchiveFormat.allCases {
            var archive = try TreeArchive(tree.digest, as: format, modified: 0, in: fixture.store)
            _ = try archive.next()
        }
    }

    // MARK: Outputs

    private func output(_ prepare: (String) throws -> Void) throws -> String {
        let folder = NSTemporaryDirectory() + "floyd-output-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: "\(folder)/output/sub/deep", withIntermediateDirectories: true)
        try Data("secret".utf8).write(to: URL(fileURLWithPath: "\(folder)/secret"))
        try prepare("\(folder)/output")
        return folder
    }

    @Test(arguments: ArchiveFormat.allCases)
    func aHostileOutput(format: ArchiveFormat) async throws {
        let folder = try output { path in
            let manager = FileManager.default
            try Data("weights".utf8).write(to: URL(fileURLWithPath: "\(path)/sub/model"))
            chmod("\(path)/sub/model", 0o750)
            for (name, target) in [
                ("out", "../secret"), ("sub/up", "../../secret"), ("abs", "/etc/passwd"), ("in", "sub/model"),
                ("sub/back", "../in"), ("chain", "sub/../../secret"), ("dangling", "nowhere"),
            ] {
                try manager.createSymbolicLink(atPath: "\(path)/\(name)", withDestinationPath: target)
            }
            mkfifo("\(path)/pipe", 0o666)
            mknod("\(path)/null", S_IFCHR | 0o666, 0x103)
            let raw = Array("\(path)/n".utf8CString.dropLast()) + [CChar(bitPattern: 0xFF), 0]
            close(open(raw, O_CREAT | O_WRONLY, 0o600))
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let archive = try bytes(try OutputArchive(path: "\(folder)/output", as: format))
        #expect(!String(decoding: archive, as: UTF8.self).contains("secret"))
        let found = try await listed(archive, format).map { $0.split(separator: " ").map(String.init) }
        let names = found.compactMap { Hex.bytes(Array($0[0].utf8)).map { String(decoding: $0, as: UTF8.self) } }
        #expect(names == ["dangling", "in", "sub", "sub/back", "sub/deep", "sub/model"])
        #expect(found.map { $0[1] } == ["link", "link", "dir", "link", "dir", "file"])
        #expect(found.last?[2] == "0o755")
    }

    @Test func aFileThatShrinksBreaksTheArchiveOff() throws {
        let folder = try output { path in
            try Data(repeating: 1, count: 1 << 20).write(to: URL(fileURLWithPath: "\(path)/big"))
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var archive = try OutputArchive(path: "\(folder)/output", as: .tar)
        #expect(try archive.next() != nil)
        truncate("\(folder)/output/big", 1_000)
        var error: FloydError?
        do {
            while try archive.next() != nil {}
        } catch let flaw {
            error = flaw
        }
        #expect(error?.code == .conflict)
    }

    @Test func aFileThatGrowsIsCut() async throws {
        let folder = try output { path in
            try Data(repeating: 1, count: 1 << 20).write(to: URL(fileURLWithPath: "\(path)/big"))
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var archive = try OutputArchive(path: "\(folder)/output", as: .tar)
        var bytes = try archive.next() ?? []
        let handle = try #require(FileHandle(forWritingAtPath: "\(folder)/output/big"))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(repeating: 2, count: 100_000))
        while let piece = try archive.next() { bytes += piece }
        #expect(try await listed(bytes, .tar)[0].hasSuffix(String(repeating: "01", count: 1 << 20)))
        #expect(!bytes.contains(2))
    }

    @Test func namesComeOnceAndSorted() throws {
        let folder = try output { path in
            for number in 0..<3_000 { try Data().write(to: URL(fileURLWithPath: "\(path)/f\(number)")) }
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let open = try FileDescriptor.open("\(folder)/output", O_RDONLY | O_DIRECTORY)
        var list = try NameList(of: open, limit: .max)
        var names: [[UInt8]] = []
        while let name = list.popFirst() { names.append(name) }
        #expect(names.count == 3_001)
        #expect(zip(names, names.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
        #expect(throws: SystemError.self) { _ = try NameList(of: open, limit: 1_000) }
    }

    /// A folder that is swapped for a link to outside again and again is never left.
    @Test func aFolderThatIsSwappedForALink() async throws {
        let folder = try output { path in
            try Data("inside".utf8).write(to: URL(fileURLWithPath: "\(path)/sub/file"))
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: "\(folder)/outside", withIntermediateDirectories: true)
        try Data("SECRET".utf8).write(to: URL(fileURLWithPath: "\(folder)/outside/file"))
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/evil", withDestinationPath: "../outside")
        let (sub, evil, aside) = ("\(folder)/output/sub", "\(folder)/evil", "\(folder)/aside")
        let swapper = Thread {
            while !Thread.current.isCancelled {
                rename(sub, aside)
                rename(evil, sub)
                rename(sub, evil)
                rename(aside, sub)
            }
        }
        swapper.start()
        defer { swapper.cancel() }
        let leaks = try await onThread {
            (0..<1_000).count { _ in
                var bytes: [UInt8] = []
                guard var archive = try? OutputArchive(path: "\(folder)/output", as: .tar) else { return false }
                while let piece = try? archive.next() { bytes += piece }
                return String(decoding: bytes, as: UTF8.self).contains("SECRET")
            }
        }
        #expect(leaks == 0)
    }
}
