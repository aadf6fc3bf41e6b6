import Foundation

/// A file that is gone with its owner.
final class TemporaryFile: Sendable {
    let path: String

    init(_ bytes: some Sequence<UInt8>) throws {
        path = NSTemporaryDirectory() + "floydlite-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    deinit {
        unlink(path)
    }
}
