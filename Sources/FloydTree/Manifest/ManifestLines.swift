import FloydModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Cuts bytes that arrive in pieces into the lines of a manifest. Holds one line, whatever there is of them.
struct ManifestLines: Sendable {
    let limits: ManifestReader.Limits
    /// Lines given out so far; during a call of the body, the 0-based number of its line.
    private(set) var count = 0
    /// The beginning of a line whose end hasn't come.
    private var pending: [UInt8] = []

    init(limits: ManifestReader.Limits) {
        self.limits = limits
    }

    /// Takes the next bytes and calls `body` for each line they complete, without its newline.
    ///
    /// - Throws: `FloydError` with `tooLarge`, or what `body` throws.
    mutating func feed(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer, Int) throws(FloydError) -> Void
    ) throws(FloydError) {
        var rest = bytes
        while let start = rest.baseAddress, !rest.isEmpty {
            guard let end = memchr(start, 0x0A, rest.count) else {
                try keep(rest)
                return
            }
            let length = UnsafeRawPointer(end) - start
            let piece = UnsafeRawBufferPointer(start: start, count: length)
            rest = UnsafeRawBufferPointer(rebasing: rest[(length + 1)...])
            if pending.isEmpty {
                try take(piece, body)
            } else {
                try keep(piece)
                let line = pending
                pending.removeAll(keepingCapacity: true)
                try line.withUnsafeBufferPointer { line throws(FloydError) in
                    try take(UnsafeRawBufferPointer(line), body)
                }
            }
        }
    }

    /// Says that there are no more bytes. A last line may lack its newline.
    mutating func finish(_ body: (UnsafeRawBufferPointer, Int) throws(FloydError) -> Void) throws(FloydError) {
        guard !pending.isEmpty else { return }
        let newline: [UInt8] = [0x0A]
        try newline.withUnsafeBufferPointer { newline throws(FloydError) in
            try feed(UnsafeRawBufferPointer(newline), body)
        }
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) throws(FloydError) {
        guard pending.count + bytes.count <= limits.lineLength else { throw tooLong() }
        pending.append(contentsOf: bytes)
    }

    private func tooLong() -> FloydError {
        FloydError(.tooLarge, "line \(count + 1) of the manifest has more than \(limits.lineLength) bytes")
    }

    private mutating func take(
        _ line: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer, Int) throws(FloydError) -> Void
    ) throws(FloydError) {
        guard line.count <= limits.lineLength else { throw tooLong() }
        guard count < limits.entries else { throw limits.tooManyEntries }
        try body(line, count)
        count += 1
    }

    /// What is wrong with line `number` (from 0) of a manifest.
    static func flaw(_ error: FloydError, line number: Int) -> FloydError {
        FloydError(error.code, "line \(number + 1) of the manifest: \(error.message)", hint: error.hint)
    }
}

extension ManifestReader.Limits {
    var tooManyEntries: FloydError {
        FloydError(.tooLarge, "the manifest has more than \(entries) lines")
    }
}
