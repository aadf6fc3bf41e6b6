internal import FloydOS
internal import Glibc

/// How a machine lays out the folders that programs and libraries are looked for in: some have `/bin` as a link into `/usr`, some as a
/// folder, and not all have all.
struct HostLayout: Hashable {
    enum Kind: Hashable {
        case link(to: String)
        case folder
    }

    struct Entry: Hashable {
        /// In `/`.
        var name: String
        var kind: Kind
    }

    var entries: [Entry]
    /// Small files of `/etc` that resolvers and the dynamic linker read.
    var files: [String]

    private static let names = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"]
    private static let fileNames = [
        "hosts", "ld.so.cache", "ld.so.conf", "localtime", "nsswitch.conf", "resolv.conf",
    ]

    static func read() throws(SystemError) -> HostLayout {
        var entries: [Entry] = []
        for name in names {
            switch try FileStatus.of("/\(name)")?.kind {
            case .link?:
                if let target = readLink("/\(name)") { entries.append(Entry(name: name, kind: .link(to: target))) }
            case .folder?: entries.append(Entry(name: name, kind: .folder))
            default: break
            }
        }
        var paths = fileNames.map { "/etc/\($0)" }
        paths += try Folder.names(in: "/etc/ld.so.conf.d").map { "/etc/ld.so.conf.d/\($0)" }
        return HostLayout(entries: entries, files: paths.prefix(32).filter(isSmallFile))
    }

    /// Through links: `resolv.conf` often is one. A file that can't be read is left out, as if the machine hadn't it.
    private static func isSmallFile(_ path: String) -> Bool {
        guard let status = try? FileStatus.of(path, followingLinks: true) else { return false }
        return status.kind == .file && status.size <= 4 << 20 && access(path, R_OK) == 0
    }

    private static func readLink(_ path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink(path, &bytes, bytes.count)
        guard length > 0 else { return nil }
        return String(validating: bytes[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
