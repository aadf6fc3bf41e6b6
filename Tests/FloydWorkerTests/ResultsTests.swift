import FloydOS
import Glibc
import Testing

@testable import FloydWorker

@Suite final class ResultsTests {
    let folder: String

    init() throws {
        var template = Array("/tmp/floyd-results-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        try? Folder.removeTree(folder)
    }

    private func write(_ name: String) throws {
        try FileDescriptor.open("\(folder)/\(name)", O_WRONLY | O_CREAT).write(all: [1, 2, 3])
    }

    /// Nothing of it is opened that would wait for somebody or lead elsewhere.
    @Test func whatAJobLeftIsBroughtToTheDiskWhateverItIs() throws {
        try Folder.create("\(folder)/deep/deeper", withParents: true)
        for name in ["file", "deep/file", "deep/deeper/file"] { try write(name) }
        mkfifo("\(folder)/pipe", 0o600)
        symlink("/dev/tty", "\(folder)/link")
        symlink("/nonexistent", "\(folder)/deep/broken")
        try Results(folder: folder).synchronize()
    }

    @Test func moreFilesThanAreWorthASyncEachAreBroughtThereTogether() throws {
        for number in 0...Results.maximumFiles { try write("file \(number)") }
        try Results(folder: folder).synchronize()
    }

    @Test func nothingIsDoneWhereNothingWasLeft() throws {
        try Results(folder: folder).synchronize()
        try Results(folder: "\(folder)/absent").synchronize()
    }
}
