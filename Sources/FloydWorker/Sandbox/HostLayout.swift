internal import FloydOS
internal import Glibc

/// How a machine lays out the folders that programs and libraries are looked for in: some have `/bin` as a link into `/usr`, some as a
/// folder, and not all have all.
struct HostLayout: Hashable {
    enum Entry: Hashable {
        case link(to: String)
        case folder
    }

    /// By name in `/`, in the order of the names.
    var entries: [(name: String, entry: Entry)]

    static let names = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"]

    static func read() throws(SystemError) -> HostLayout {
        var entries: [(String, Entry)] = []
        for name in names {
            switch try FileStatus.of("/\(name)")?.kind {
            case .link?:
                if let target = readLink("/\(name)") { entries.append((name, .link(to: target))) }
            case .folder?: entries.append((name, .folder))
            default: break
            }
        }
        return HostLayout(entries: entries)
    }

    private static func readLink(_ path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink(path, &bytes, bytes.count)
        guard length > 0 else { return nil }
        return String(validating: bytes[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    static func == (left: HostLayout, right: HostLayout) -> Bool {
        left.entries.elementsEqual(right.entries) { $0.name == $1.name && $0.entry == $1.entry }
    }

    func hash(into hasher: inout Hasher) {
        for entry in entries {
            hasher.combine(entry.name)
            hasher.combine(entry.entry)
        }
    }
}
