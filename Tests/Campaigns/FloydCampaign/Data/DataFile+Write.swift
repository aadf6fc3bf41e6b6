import FloydOS
import Glibc

extension DataFile {
    func write(to path: String) throws {
        let file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        try file.write(all: bytes)
        try file.changeMode(isExecutable ? 0o755 : 0o644)
        try file.close()
    }
}
