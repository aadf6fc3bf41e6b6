internal import FloydOS

/// Finding out how far a gap goes.
extension OpenLog {
    /// What stands for the gap that begins at `start`, and where the log goes on; nil if the end of what may be a gap isn't written yet.
    func gap(at start: Int64, _ size: Int64) throws(SystemError) -> (record: LogRecord, end: Int64)? {
        guard let end = try gapEnd(from: start, size) else { return nil }
        var time = try time(at: end)
        if time == nil { time = try self.time(at: start) }
        let text = "\(ByteAmount.text(end - start)) of the log are not kept: its limit is reached"
        let record = LogRecord(
            time: time ?? WallTime(nanoseconds: 0).description,
            stream: .stdout,
            partial: false,
            system: true,
            bytes: Array(text.utf8),
            missing: end - start
        )
        return (record, end)
    }

    /// Where the first whole record behind the gap begins. The record that is cut by the gap's end is a part of it.
    func gapEnd(from start: Int64, _ size: Int64) throws(SystemError) -> Int64? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pageSize, alignment: 16)
        defer { buffer.deallocate() }
        var position = start
        var lastZero: Int64?
        while position < size {
            guard let data = try file.data(from: position) else { return size }
            if data > position { lastZero = data - 1 }
            let count = try file.read(into: buffer, at: data)
            if count == 0 { break }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            let line = LogLines.next(in: bytes, from: 0)
            let searched = line?.count ?? count
            if let zero = ByteSearch.last(0, in: bytes, before: searched) { lastZero = data + Int64(zero) }
            guard let line else {
                position = data + Int64(count)
                continue
            }
            let end = data + Int64(line.count) + 1
            if line.count + 1 < count, bytes[line.count + 1] == 0 {
                // Another run of zeros follows at once.
                position = end
                continue
            }
            // A record that begins right behind the zeros wasn't cut.
            if let lastZero, try isRecord(from: lastZero + 1, to: end) { return lastZero + 1 }
            return end
        }
        return lastZero == size - 1 ? size : nil
    }

    private func isRecord(from start: Int64, to end: Int64) throws(SystemError) -> Bool {
        guard end - start <= LogFormat.maximumRecord, end > start else { return false }
        return try withBytes(at: start, Int(end - start)) { bytes in
            LogLines.next(in: bytes, from: 0).map { LogHeader($0) != nil } ?? false
        }
    }

    private func time(at offset: Int64) throws(SystemError) -> String? {
        try withBytes(at: offset, LogHeader.timeLength) { bytes in
            guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
            return WallTime(text) == nil ? nil : text
        }
    }

    /// What there is of `count` bytes at `offset`.
    func withBytes<Value>(at offset: Int64, _ count: Int, _ body: (UnsafeRawBufferPointer) -> Value)
        throws(SystemError) -> Value
    {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        defer { buffer.deallocate() }
        let filled = try file.read(into: buffer, at: offset)
        return body(UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
    }
}

/// Bytes for people.
enum ByteAmount {
    /// `512 bytes`, `12.3 GiB`.
    static func text(_ bytes: Int64) -> String {
        var tenths = bytes
        for unit in ["bytes", "KiB", "MiB", "GiB", "TiB"] {
            let scaled = unit == "bytes" ? bytes : tenths / 10
            if scaled < 1024 || unit == "TiB" {
                return unit == "bytes" ? "\(bytes) bytes" : "\(tenths / 10).\(tenths % 10) \(unit)"
            }
            tenths = unit == "bytes" ? bytes * 10 / 1024 : tenths / 1024
        }
        return "\(bytes) bytes"
    }
}
