public import FloydOS

/// Finding the last lines of a log from its end, in memory that doesn't depend on how long they are.
extension OpenLog {
    private static let tailWindow = 262_144

    /// Where the last `count` lines begin. A line that has no end yet is one; a gap is none.
    ///
    /// Lines of two streams may lie within one another; of a line whose end is among the last `count`, the pieces that stand before the end
    /// of the line in front aren't counted to it.
    ///
    /// - Parameter sources: only their lines are counted.
    public func offset(ofLast count: Int, from sources: Set<LogRecord.Source>) throws(SystemError) -> Int64 {
        var search = TailSearch(count: count, sources: sources, end: try size())
        guard count > 0 else { return try endOfRecords(search.end) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.tailWindow + LogHeader.length + 1,
            alignment: 16
        )
        defer { buffer.deallocate() }
        for stretch in try stretches(to: search.end).reversed() {
            var end = stretch.upperBound
            while end > stretch.lowerBound {
                let start = max(stretch.lowerBound, end - Int64(Self.tailWindow))
                // The header of a record whose newline is the window's last byte stands behind the window.
                let length = Int(min(end - start + Int64(LogHeader.length) + 1, search.end - start))
                let window = UnsafeMutableRawBufferPointer(rebasing: buffer[..<length])
                var filled = 0
                while filled < length {
                    let rest = UnsafeMutableRawBufferPointer(rebasing: window[filled...])
                    let count = try file.read(into: rest, at: start + Int64(filled))
                    if count == 0 { break }
                    filled += count
                }
                let bytes = UnsafeRawBufferPointer(rebasing: window[..<filled])
                if let found = search.look(at: bytes, start, upTo: Int(min(end - start, Int64(filled)))) {
                    return found
                }
                end = start
            }
        }
        return search.beginning
    }

    /// Where the last record ends: what follows isn't whole yet.
    private func endOfRecords(_ size: Int64) throws(SystemError) -> Int64 {
        let length = min(size, Int64(LogFormat.maximumRecord))
        return try withBytes(at: size - length, max(1, Int(length))) { bytes in
            let newline = ByteSearch.last(UInt8(ascii: "\n"), in: bytes, before: bytes.count)
            return newline.map { size - length + Int64($0) + 1 } ?? size
        }
    }

    /// The parts of the log that are kept, in order. Of a log in very many parts, the last ones.
    private func stretches(to end: Int64) throws(SystemError) -> [Range<Int64>] {
        var stretches: [Range<Int64>] = []
        var position: Int64 = 0
        while position < end, let data = try file.data(from: position), data < end {
            let hole = min(try file.hole(from: data) ?? end, end)
            guard hole > data else { break }
            stretches.append(data..<hole)
            if stretches.count > 4096 { stretches.removeFirst(2048) }
            position = hole
        }
        return stretches
    }
}

/// The state of a search from a log's end to its beginning.
private struct TailSearch {
    let count: Int
    let sources: Set<LogRecord.Source>
    let end: Int64
    /// Where the record behind what was searched begins; nil before the first newline was seen.
    private var next: Int64?
    private var found = 0
    /// Where the lines that were found begin, as far as was searched.
    private var start: Int64 = 0

    init(count: Int, sources: Set<LogRecord.Source>, end: Int64) {
        self.count = count
        self.sources = sources
        self.end = end
    }

    /// What the answer is when the whole log was searched.
    var beginning: Int64 { found < count ? 0 : start }

    /// Searches the first `limit` of `bytes`, which stand at `offset`, from their end on. A newline ends one record and begins the next.
    mutating func look(at bytes: UnsafeRawBufferPointer, _ offset: Int64, upTo limit: Int) -> Int64? {
        var limit = limit
        while let newline = ByteSearch.last(UInt8(ascii: "\n"), in: bytes, before: limit) {
            let begin = offset + Int64(newline) + 1
            if let answer = take(begin, UnsafeRawBufferPointer(rebasing: bytes[(newline + 1)...])) { return answer }
            next = begin
            limit = newline
        }
        return offset == 0 ? take(0, bytes) : nil
    }

    /// - Parameter bytes: the record's, at least as many as its header takes if it has so many.
    private mutating func take(_ begin: Int64, _ bytes: UnsafeRawBufferPointer) -> Int64? {
        // Behind the last newline stands nothing, or what isn't whole yet.
        guard let next, next - begin <= LogFormat.maximumRecord, let header = LogHeader(bytes),
            sources.contains(header.source)
        else { return nil }
        if header.isWhole {
            found += 1
            if found > count { return start }
        } else if found == 0 {
            found = 1
        }
        start = begin
        return nil
    }
}
