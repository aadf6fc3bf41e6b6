/// Where a job sees a source of its data: the `MOUNT` of `--data SOURCE:MOUNT`, one path component.
public struct MountName: Sendable, Hashable {
    /// What `/` of a job has already, so that no mount can take its place.
    public static let taken: Set<String> = [
        "bin", "boot", "dev", "etc", "floyd", "lib", "lib32", "lib64", "libx32", "output", "proc", "root", "run",
        "sbin",
        "sys", "tmp", "usr", "var",
    ]

    public static let maximumLength = 64

    public let string: String

    /// - Parameter text: a leading slash is fine.
    /// - Throws: `FloydError` with `invalidRequest`, which says what is wrong.
    public init(_ text: String) throws(FloydError) {
        let name = text.hasPrefix("/") ? String(text.dropFirst()) : text
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isPlain, (1...Self.maximumLength).contains(name.utf8.count), name.utf8.first != UInt8(ascii: ".") else {
            throw Self.refusal(
                "a mount is one name of 1 to \(Self.maximumLength) letters, digits, dots, hyphens or underscores, "
                    + "not beginning with a dot"
            )
        }
        guard !Self.taken.contains(name) else { throw Self.refusal("/\(name) is the system's") }
        string = name
    }

    private static func refusal(_ message: String) -> FloydError {
        FloydError(
            .invalidRequest,
            "the mount can't be used: \(message)",
            hint: "Choose another name: --data SOURCE:model appears at /model and /floyd/input/model."
        )
    }
}
