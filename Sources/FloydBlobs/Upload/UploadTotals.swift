import FloydModel
import FloydOS
import FoundationEssentials
import Glibc

/// What an upload is made of.
public struct UploadTotals: Sendable, Hashable, Codable {
    /// Lines of the manifest.
    public internal(set) var entries = 0
    /// Files among them, and their bytes.
    public internal(set) var files = 0
    public internal(set) var bytes: Int64 = 0
    /// Files without a hash, whose hashes are due at commit.
    public internal(set) var unhashed = 0
    /// The tree's digest in hexadecimal digits, where all hashes are known.
    public internal(set) var digest: String?
    /// The digest of the tree that the manifest was told from, in hexadecimal digits; nil: from none.
    public internal(set) var base: String?
    /// Records of the index.
    var withBytes = 0
    /// Files that are to be sent, and the bytes of the stream they make.
    public internal(set) var missing = 0
    public internal(set) var length: Int64 = 0
    /// Whether recipes say how some of them are put together; nil in what older releases wrote.
    var hasRecipes: Bool?
    /// Whether the stream is an archive, of which the server makes the tree; nil: it is contents in the order of a manifest.
    var isArchive: Bool?
}

/// Values of an upload's folder as small JSON files.
enum UploadValue {
    /// Survives the end of the process, but not that of the machine before the next sync.
    static func write(_ value: some Encodable, to path: String) throws(FloydError) {
        let bytes = try encoded(value, for: path)
        try storing { () throws(SystemError) in
            let draft = path + ".tmp"
            let file = try FileDescriptor.open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
            try file.write(all: bytes)
            try Folder.rename(draft, to: path)
        }
    }

    /// Survives everything.
    static func writeDurably(_ value: some Encodable, to path: String) throws(FloydError) {
        let bytes = try encoded(value, for: path)
        try storing { () throws(SystemError) in try DurableFile.write(bytes, to: path) }
    }

    private static func encoded(_ value: some Encodable, for path: String) throws(FloydError) -> [UInt8] {
        guard let bytes = try? JSONEncoder().encode(value) else {
            throw FloydError(.internalError, "\(path) can't be encoded")
        }
        return Array(bytes)
    }

    /// What `write` wrote: nil also where a crash of the machine has left the name without the bytes.
    static func readIfWhole<Value: Decodable>(_ type: Value.Type, from path: String) throws(FloydError) -> Value? {
        let bytes = try storing { () throws(SystemError) in try DurableFile.read(path) }
        return bytes.flatMap { try? JSONDecoder().decode(type, from: Data($0)) }
    }

    /// nil where there is none.
    static func read<Value: Decodable>(_ type: Value.Type, from path: String) throws(FloydError) -> Value? {
        let bytes = try storing { () throws(SystemError) in try DurableFile.read(path) }
        guard let bytes else { return nil }
        guard let value = try? JSONDecoder().decode(type, from: Data(bytes)) else {
            throw FloydError(.internalError, "\(path) can't be read")
        }
        return value
    }
}
