import FloydModel
import FloydOS
import FloydTree
import Foundation
import Testing

@testable import FloydBlobs

struct OutputFolderTests {
    /// A folder with everything a hostile job may leave.
    private final class Scratch {
        let root = NSTemporaryDirectory() + "floyd-output-\(UUID().uuidString)"
        var path: String { "\(root)/output" }

        init() throws {
            let manager = FileManager.default
            try manager.createDirectory(atPath: "\(path)/a/deep", withIntermediateDirectories: true)
            for name in ["a/deep/x", "a-b", "model.bin", "../secret"] { try write("text", to: name) }
            try manager.createSymbolicLink(atPath: "\(path)/link", withDestinationPath: "../secret")
            try manager.createSymbolicLink(atPath: "\(path)/out", withDestinationPath: "..")
            try manager.createSymbolicLink(atPath: "\(path)/inside", withDestinationPath: "a")
            mkfifo("\(path)/pipe", 0o666)
        }

        func write(_ text: String, to name: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        }

        deinit {
            try? FileManager.default.removeItem(atPath: root)
        }
    }

    @Test func listing() throws {
        let scratch = try Scratch()
        let name = Array("\(scratch.path)/n".utf8CString.dropLast()) + [CChar(bitPattern: 0xFF), 0]
        close(open(name, O_CREAT | O_WRONLY, 0o600))
        let listing = try OutputFolder(path: scratch.path).list()
        #expect(
            listing.entries.map(\.path) == ["a", "a-b", "a/deep", "a/deep/x", "inside", "link", "model.bin", "out"]
        )
        #expect(listing.entries.map(\.kind) == [.dir, .file, .dir, .file, .link, .link, .file, .link])
        #expect(listing.entries.map(\.size) == [0, 4, 0, 4, 0, 0, 4, 0])
        #expect(listing.skipped.map(\.path) == ["n\u{FFFD}", "pipe"])
        #expect(listing.skipped.map(\.reason) == ["its name is not UTF-8", "it is a FIFO"])
        #expect(!listing.isCut)
    }

    @Test func boundedListings() throws {
        let scratch = try Scratch()
        for number in 100..<180 { try scratch.write("", to: "f\(number)") }
        let all = try OutputFolder(path: scratch.path).list()
        for limit in [0, 1, 5, 7, 50, 88] {
            let listing = try OutputFolder(path: scratch.path).list(limit: limit)
            #expect(listing.isCut)
            #expect(listing.entries.count + listing.skipped.count == limit)
            #expect(listing.entries == Array(all.entries.prefix(listing.entries.count)))
        }
        let count = all.entries.count + all.skipped.count
        #expect(try !OutputFolder(path: scratch.path).list(limit: count).isCut)
    }

    @Test func filesAreOpened() throws {
        let scratch = try Scratch()
        let folder = try OutputFolder(path: scratch.path)
        let file = try folder.open("a/deep/x")
        #expect(file.status.size == 4)
        #expect(try file.descriptor.readAll(limit: 100) == Array("text".utf8))
    }

    @Test(arguments: [
        ("link", FloydError.Code.notFound), ("out/secret", .notFound), ("inside/deep/x", .notFound),
        ("pipe", .notFound), ("a", .notFound),
        ("absent", .notFound), ("a-b/x", .notFound), ("../secret", .invalidPath), ("/etc/passwd", .invalidPath),
        ("", .invalidPath), ("a/../../secret", .invalidPath),
        ("a//deep", .invalidPath), ("model.bin\0x", .invalidPath),
    ])
    func whatIsNotServed(path: String, code: FloydError.Code) throws {
        let scratch = try Scratch()
        let folder = try OutputFolder(path: scratch.path)
        let error = #expect(throws: FloydError.self) { _ = try folder.open(path) }
        #expect(error?.code == code)
    }

    @Test func theFolderItselfMustBeOne() throws {
        let scratch = try Scratch()
        for name in ["output/link", "output/inside", "output/model.bin", "absent"] {
            let error = #expect(throws: FloydError.self) { _ = try OutputFolder(path: "\(scratch.root)/\(name)") }
            #expect(error?.code == .notFound)
        }
    }

    /// A file that is swapped for a link to a secret again and again is never followed there.
    @Test func aFileThatIsSwappedForALink() throws {
        let scratch = try Scratch()
        try scratch.write("SECRET", to: "../secret")
        try FileManager.default.createSymbolicLink(atPath: "\(scratch.path)/evil", withDestinationPath: "../secret")
        let folder = try OutputFolder(path: scratch.path)
        let (file, link, aside) = ("\(scratch.path)/model.bin", "\(scratch.path)/evil", "\(scratch.path)/aside")
        let swapper = Thread {
            while !Thread.current.isCancelled {
                rename(file, aside)
                rename(link, file)
                rename(file, link)
                rename(aside, file)
            }
        }
        swapper.start()
        defer { swapper.cancel() }
        for _ in 0..<20_000 {
            guard let opened = try? folder.open("model.bin") else { continue }
            #expect(try opened.descriptor.readAll(limit: 100) == Array("text".utf8))
        }
    }
}
