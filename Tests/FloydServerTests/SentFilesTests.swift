import FloydHTTP
import Glibc
import Testing

@testable import FloydServer

@Suite("Files that are being sent")
struct SentFilesTests {
    private struct Weak {
        weak var file: SentFile?
    }

    @Test("a file is open once, however many are sent it, and again when nobody is")
    func once() throws {
        let files = SentFiles()
        let (one, other) = (try TemporaryFile("one".utf8), try TemporaryFile("other".utf8))
        var sent: SentFile? = files.file(owning: open(one.path, O_RDONLY))
        let first = Weak(file: sent)
        #expect(files.file(owning: open(one.path, O_RDONLY)) === sent)
        #expect(files.file(owning: open(other.path, O_RDONLY)) !== sent)
        sent = nil
        #expect(first.file == nil)
        let again = files.file(owning: open(one.path, O_RDONLY))
        #expect(files.file(owning: open(one.path, O_RDONLY)) === again)
        withExtendedLifetime((again, one, other)) {}
    }
}
