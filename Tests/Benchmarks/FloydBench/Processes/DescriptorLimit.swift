import FloydOS
import Glibc

/// How many descriptors this program may have, and those that it starts.
enum DescriptorLimit {
    /// As many as are allowed.
    static func raise() {
        var limit = current
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Runs `body` with no more than `count`, which a program that it starts can't raise.
    static func with<Result>(_ count: UInt, _ body: () throws -> Result) throws -> Result {
        var before = current
        var limit = rlimit(rlim_cur: count, rlim_max: count)
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw SystemError("setrlimit")
        }
        // Only root gets it back; for others it is the last that they measure.
        defer { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before) }
        return try body()
    }

    private static var current: rlimit {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit
    }
}
