import FloydModel
import FloydRun

/// A log of which a part isn't kept, sent as a file: a line that says so stands where the file has nothing but zeros.
struct GappedLog: Sendable {
    private let log: OpenLog

    /// The log at `path`, if it has a gap; the call may block for a moment.
    static func open(_ path: String) async throws -> GappedLog? {
        try await BlockingWork.run {
            guard let log = try LogFile(path).open(), try log.hasGap() else { return nil }
            return GappedLog(log: log)
        }
    }

    /// Sends what there is by now.
    func send(_ write: (sending [UInt8]) async throws -> Void) async throws {
        let end = try log.size()
        var offset: Int64 = 0
        while offset < end {
            let place = offset
            let page = try await BlockingWork.run { try log.page(at: place) }
            guard page.nextOffset > offset else { return }
            offset = page.nextOffset
            var bytes: [UInt8] = []
            for record in page.records { record.append(to: &bytes) }
            try await write(bytes)
        }
    }
}
