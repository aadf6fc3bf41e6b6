internal import FloydFrames
internal import Glibc

/// Frames on their way to a pipe, small ones gathered.
struct FrameOutput {
    /// Nobody reads any more.
    struct Closed: Error {}

    private static let capacity = 1 << 16
    private let file: Int32
    private var buffer: [UInt8] = []

    init(file: Int32) {
        self.file = file
        buffer.reserveCapacity(2 * Self.capacity)
    }

    mutating func append(_ entry: UnpackedEntry) throws(Closed) {
        FrameCoding.append(entry, to: &buffer)
        if buffer.count >= Self.capacity { try flush() }
    }

    mutating func append(data: UnsafeRawBufferPointer) throws(Closed) {
        var rest = data
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Frame.maximumData))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
            FrameCoding.appendDataHeader(length: piece.count, to: &buffer)
            if piece.count < Self.capacity / 2 {
                buffer.append(contentsOf: piece)
                if buffer.count >= Self.capacity { try flush() }
            } else {
                try flush()
                try write(piece)
            }
        }
    }

    mutating func appendEnd(entries: Int64) {
        FrameCoding.appendEnd(entries: entries, to: &buffer)
    }

    mutating func append(_ problem: UnpackProblem) {
        FrameCoding.append(problem, to: &buffer)
    }

    /// Writes what is left, and says whether somebody took it.
    mutating func finish() -> Bool {
        do {
            try flush()
            return true
        } catch {
            return false
        }
    }

    private mutating func flush() throws(Closed) {
        let result: Result<Void, Closed> = buffer.withUnsafeBytes { bytes in
            Result { () throws(Closed) in try write(bytes) }
        }
        try result.get()
        buffer.removeAll(keepingCapacity: true)
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(Closed) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(file, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw Closed()
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }
}
