import FloydOS
import Glibc

/// Small files.
package enum TextFile {
    package static func write(_ text: String, to path: String) throws {
        let file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        try file.write(all: Array(text.utf8))
        try file.close()
    }
}
