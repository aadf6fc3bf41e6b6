import CArchive
import FloydFrames
import FloydOS
import Foundation
import Testing

/// The real program.
struct UnpackProgramTests {
    static let program: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return own.split(separator: "/").dropLast().reduce(into: "") { $0 += "/\($1)" } + "/floydlite-unpack"
    }()

    /// Nobody's uid on any machine that runs the tests.
    static let stranger = UserIdentity(uid: 61_234, gid: 61_235)

    struct Heard {
        var entries: [UnpackedEntry] = []
        var problem: UnpackProblem?
        var isWhole = false
        var status: Int32 = -1
    }

    final class Running {
        let folder: String
        let pid: pid_t
        let output: Int32

        init(_ archive: [UInt8]) throws {
            var template = Array("/tmp/floyd-unpack-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
            folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
            chmod(folder, 0o755)
            try Data(archive).write(to: URL(fileURLWithPath: "\(folder)/archive"))
            try FileManager.default.createDirectory(atPath: "\(folder)/empty", withIntermediateDirectories: false)
            let input = try FileDescriptor.open("\(folder)/archive", O_RDONLY)
            let null = try FileDescriptor.open("/dev/null", O_RDWR)
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { throw SystemError("pipe") }
            for end in ends { CurrentProcess.closeOnExec(end) }
            var words = ["floydlite-unpack", "\(folder)/empty", "7"]
            if geteuid() == 0 { words += ["\(stranger.uid)", "\(stranger.gid)"] }
            let libraries =
                ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"].map { ["LD_LIBRARY_PATH=\($0)"] } ?? []
            let command = ProcessCommand(
                program,
                arguments: words,
                environment: libraries,
                folder: "/",
                descriptors: [input.raw, ends[1], null.raw]
            )
            pid = try command.spawn()
            output = ends[0]
            close(ends[1])
        }

        deinit {
            close(output)
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            try? FileManager.default.removeItem(atPath: folder)
        }

        func heard() throws -> Heard {
            var heard = Heard()
            var parser = FrameParser()
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(output, &buffer, buffer.count)
                if count <= 0 { break }
                try buffer.withUnsafeBytes { bytes in
                    try parser.feed(UnsafeRawBufferPointer(rebasing: bytes.prefix(count))) { frame in
                        switch frame {
                        case .entry(let entry): heard.entries.append(entry)
                        case .problem(let problem): heard.problem = problem
                        case .end: heard.isWhole = true
                        case .data: break
                        }
                    }
                }
            }
            waitpid(pid, &heard.status, 0)
            return heard
        }
    }

    /// An archive of two files as libarchive writes it in that format, behind that filter.
    static func archive(
        _ format: Int32,
        _ filter: Int32 = ARCHIVE_FILTER_NONE,
        size: Int = 5
    ) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: (4 << 20) + 2 * size)
        var used = 0
        let writer = try #require(archive_write_new())
        defer { archive_write_free(writer) }
        try #require(archive_write_set_format(writer, format) == ARCHIVE_OK)
        try #require(archive_write_add_filter(writer, filter) >= ARCHIVE_WARN)
        buffer.withUnsafeMutableBytes { bytes in
            _ = archive_write_open_memory(writer, bytes.baseAddress, bytes.count, &used)
            for name in ["first", "second"] {
                let entry = archive_entry_new()
                archive_entry_set_pathname(entry, name)
                archive_entry_set_mode(entry, S_IFREG | 0o644)
                archive_entry_set_size(entry, Int64(size))
                if archive_write_header(writer, entry) == ARCHIVE_OK {
                    let content = [UInt8](repeating: 0x78, count: size)
                    _ = archive_write_data(writer, content, content.count)
                }
                archive_entry_free(entry)
            }
            archive_write_close(writer)
        }
        return Array(buffer.prefix(used))
    }

    @Test(arguments: [
        (ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE), (ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_GZIP),
        (ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_ZSTD), (ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_BZIP2),
        (ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_XZ), (ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE),
    ])
    func reads(format: Int32, filter: Int32) throws {
        let heard = try Running(Self.archive(format, filter)).heard()
        #expect(heard.status == 0 && heard.isWhole && heard.problem == nil)
        #expect(heard.entries.map(\.path) == [Array("first".utf8), Array("second".utf8)])
        #expect(heard.entries.allSatisfy { $0.kind == .file && $0.size == 5 && $0.mode == 0o644 })
    }

    /// The eight bytes at the end of gzip: CRC and length of what was compressed.
    @Test(arguments: [1, 4, 5, 8]) func refusesGzipThatIsNotWhatWasCompressed(place: Int) throws {
        var archive = try Self.archive(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP)
        archive[archive.count - place] ^= 1
        let heard = try Running(archive).heard()
        #expect(heard.status == 0 && !heard.isWhole)
        #expect(heard.problem?.code == .damaged)
        #expect(heard.problem?.message.contains("gzip") == true)
    }

    @Test(arguments: [1, 7, 8, 20]) func refusesGzipThatIsCutShort(missing: Int) throws {
        let heard = try Running(Array(Self.archive(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP).dropLast(missing)))
            .heard()
        #expect(heard.status == 0 && !heard.isWhole)
        #expect(heard.problem?.code == .damaged)
    }

    /// A tar whose padding is longer than what a filter gives at once: the end of the tar says nothing of the end of the file.
    private static func paddedTar() throws -> [UInt8] {
        try archive(ARCHIVE_FORMAT_TAR_USTAR, size: 100_000) + [UInt8](repeating: 0, count: 300_000)
    }

    /// Bytes behind one more compression.
    private static func compressed(_ bytes: [UInt8], _ filter: Int32) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: bytes.count + (1 << 20))
        var used = 0
        let writer = try #require(archive_write_new())
        defer { archive_write_free(writer) }
        try #require(archive_write_set_format_raw(writer) == ARCHIVE_OK)
        try #require(archive_write_add_filter(writer, filter) >= ARCHIVE_WARN)
        archive_write_set_bytes_in_last_block(writer, 1)
        buffer.withUnsafeMutableBytes { _ = archive_write_open_memory(writer, $0.baseAddress, $0.count, &used) }
        let entry = try #require(archive_entry_new())
        defer { archive_entry_free(entry) }
        archive_entry_set_filetype(entry, 0o100000)
        try #require(archive_write_header(writer, entry) == ARCHIVE_OK)
        try #require(archive_write_data(writer, bytes, bytes.count) == bytes.count)
        try #require(archive_write_close(writer) == ARCHIVE_OK)
        return Array(buffer.prefix(used))
    }

    private static let filters = [
        ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_XZ,
    ]

    @Test(arguments: filters) func readsCompressedFilesToTheirEnd(filter: Int32) throws {
        let whole = try Self.compressed(Self.paddedTar(), filter)
        let heard = try Running(whole).heard()
        #expect(heard.isWhole && heard.problem == nil && heard.entries.count == 2, "\(heard)")
        // In turns, since the padding makes nearly nothing of the file.
        for missing in [1, 4] {
            let cut = try Running(Array(whole.dropLast(missing))).heard()
            #expect(!cut.isWhole && cut.problem?.code == .damaged, "\(cut)")
        }
    }

    @Test(arguments: filters) func takesSeveralMembers(filter: Int32) throws {
        let tar = try Self.archive(ARCHIVE_FORMAT_TAR_USTAR)
        let members = try [tar[..<700], tar[700...]].flatMap { try Self.compressed(Array($0), filter) }
        let heard = try Running(members).heard()
        #expect(heard.isWhole && heard.problem == nil && heard.entries.count == 2, "\(heard)")
    }

    @Test(arguments: filters, filters) func refusesTwoCompressions(inner: Int32, outer: Int32) throws {
        let twice = try Self.compressed(Self.archive(ARCHIVE_FORMAT_TAR_USTAR, inner), outer)
        let heard = try Running(twice).heard()
        #expect(heard.entries.isEmpty && heard.problem?.code == .unsupported, "\(heard)")
    }

    /// Whatever else the library could read is not switched on.
    @Test(arguments: [
        (ARCHIVE_FORMAT_7ZIP, ARCHIVE_FILTER_NONE), (ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, ARCHIVE_FILTER_NONE),
        (ARCHIVE_FORMAT_CPIO_POSIX, ARCHIVE_FILTER_GZIP), (ARCHIVE_FORMAT_ISO9660, ARCHIVE_FILTER_NONE),
        (ARCHIVE_FORMAT_MTREE, ARCHIVE_FILTER_NONE),
        (ARCHIVE_FORMAT_XAR, ARCHIVE_FILTER_NONE), (ARCHIVE_FORMAT_WARC, ARCHIVE_FILTER_NONE),
        (ARCHIVE_FORMAT_SHAR_BASE, ARCHIVE_FILTER_NONE), (ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_GZIP),
        (ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_COMPRESS), (ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_LZMA),
        (ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_LZ4), (ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_LZIP),
        (ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_UU),
    ])
    func refuses(format: Int32, filter: Int32) throws {
        let heard = try Running(Self.archive(format, filter)).heard()
        #expect(heard.status == 0)
        #expect(heard.entries.isEmpty)
        // A disk image begins like the end of a tar.
        let isEmpty = format == ARCHIVE_FORMAT_ISO9660 && heard.isWhole
        #expect(isEmpty || heard.problem?.code == .unrecognised || heard.problem?.code == .damaged, "\(heard)")
    }

    /// The same by what they begin with, of formats that the library doesn't write.
    @Test(arguments: [
        "!<arch>\n", "Rar!\u{1A}\u{07}\u{00}", "Rar!\u{1A}\u{07}\u{01}\u{00}", "MSCF\0\0\0\0", "7z\u{BC}", "#mtree\n",
        "070707", "LRZI", "\u{1F}\u{9D}", "begin 644 x\n",
    ])
    func refusesByItsFirstBytes(magic: String) throws {
        let bytes = magic.unicodeScalars.map { UInt8($0.value) }
        let heard = try Running(bytes + [UInt8](repeating: 0x41, count: 4_096)).heard()
        #expect(heard.status == 0)
        #expect(heard.entries.isEmpty)
        #expect(heard.problem?.code == .unrecognised)
    }

    /// It says more than a pipe holds, so it stands still and can be looked at.
    @Test func isLockedUpBeforeItReads() throws {
        let running = try Running(Self.archive(ARCHIVE_FORMAT_TAR_USTAR, size: 1 << 20))
        var fields: [String: String] = [:]
        func look() throws {
            let text = try String(contentsOfFile: "/proc/\(running.pid)/status", encoding: .utf8)
            for line in text.split(separator: "\n") {
                let parts = line.split(separator: ":", maxSplits: 1)
                fields[String(parts[0])] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            }
        }
        // The first byte is said after all that.
        var event = pollfd(fd: running.output, events: Int16(POLLIN), revents: 0)
        try #require(poll(&event, 1, 20_000) == 1)
        try look()
        #expect(fields["NoNewPrivs"] == "1")
        for set in ["CapEff", "CapPrm", "CapInh", "CapAmb"] { #expect(fields[set] == "0000000000000000", "\(set)") }
        let limits = try String(contentsOfFile: "/proc/\(running.pid)/limits", encoding: .utf8)
        func limit(_ name: String) -> String? {
            limits.split(separator: "\n").first { $0.hasPrefix(name) }
                .flatMap { $0.dropFirst(26).split(separator: " ").first.map(String.init) }
        }
        for name in ["Max core file size", "Max file size", "Max processes", "Max open files", "Max locked memory"] {
            #expect(limit(name) == "0", "\(name)")
        }
        #expect(limit("Max data size") == "\(44 << 20)")
        #expect(limit("Max cpu time") == "7")
        let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(running.pid)/fd")
        #expect(Set(files).isSubset(of: ["0", "1", "2"]))
        if geteuid() == 0 {
            #expect(fields["Uid"]?.split(separator: "\t").allSatisfy { $0 == "\(Self.stranger.uid)" } == true)
            #expect(fields["Gid"]?.split(separator: "\t").allSatisfy { $0 == "\(Self.stranger.gid)" } == true)
            #expect(fields["Groups"] == "")
            let root = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(running.pid)/root")
            #expect(root == "\(running.folder)/empty")
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")
            let its = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(running.pid)/ns/net")
            #expect(own != its)
        }
    }

    @Test func endsWhenNobodyListens() throws {
        let running = try Running(Self.archive(ARCHIVE_FORMAT_TAR_USTAR, size: 1 << 20))
        var event = pollfd(fd: running.output, events: Int16(POLLIN), revents: 0)
        try #require(poll(&event, 1, 20_000) == 1)
        let descriptor = open("/dev/null", O_RDONLY)
        // The only reading end goes.
        dup2(descriptor, running.output)
        close(descriptor)
        var status: Int32 = -1
        waitpid(running.pid, &status, 0)
        #expect(status & 0x7f == SIGPIPE)
    }

    @Test func refusesAnXZThatTakesMoreMemoryThanThereIs() throws {
        // 5 bytes behind a dictionary of 64 MiB, as xz -9 makes it.
        let python =
            "import lzma,sys,tarfile,io\no=io.BytesIO();t=tarfile.open(fileobj=o,mode='w');t.close()\nsys.stdout.buffer.write(lzma.compress(o.getvalue(),preset=9))"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", python]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let heard = try Running(Array(bytes)).heard()
        #expect(heard.problem?.code == .memory)
    }
}
