import FloydOS
import FloydRun
import Glibc
import Testing

/// Encodes chunks and reads the log back.
private func encode(_ chunks: [[UInt8]], _ source: LogEncoder.Source = .stdout) -> [UInt8] {
    var encoder = LogEncoder()
    let time = WallTime(nanoseconds: 1_795_000_000_123_456_789)
    for chunk in chunks { _ = chunk.withUnsafeBytes { encoder.append($0, from: source, at: time) } }
    encoder.flush(at: time)
    return Array(encoder.output.bytes)
}

/// What the command wrote, as the records tell it.
private func original(_ records: [LogRecord]) -> [UInt8] {
    records.flatMap { $0.bytes + ($0.partial ? [] : [10]) }
}

@Suite struct LogTests {
    @Test func lineHasTheFormOfTheContainerRuntimeInterface() {
        let log = encode([Array("hello\n".utf8)])
        #expect(String(decoding: log, as: UTF8.self) == "2026-11-18T11:06:40.123456789Z stdout F hello\n")
    }

    @Test(arguments: [
        [Array("a\rb\r\n".utf8)],
        [[0xFF, 0xFE, 10, 0xC3], [0xA9, 10]],
        [[10, 10], [10]],
        [[0, 1, 0, 10]],
        [Array("no newline".utf8)],
        [Array("cut ".utf8), Array("in ".utf8), Array("pieces\nand on".utf8)],
        [Array(repeating: 0x78, count: LogFormat.maximumPiece), [10]],
        [Array(repeating: 0x78, count: 100_000), [10, 0x79]],
        [[]],
    ])
    func everyByteComesBack(chunks: [[UInt8]]) {
        for source in [LogEncoder.Source.stdout, .stderr, .system] {
            let log = encode(chunks, source)
            let result = LogReader.parse(log)
            #expect(original(result.records) == chunks.flatMap { $0 })
            #expect(result.consumed == log.count)
            #expect(result.malformed == 0)
            #expect(result.records.allSatisfy { $0.system == (source == .system) })
            #expect(result.records.allSatisfy { $0.bytes.count <= LogFormat.maximumPiece })
        }
    }

    @Test func streamsDoNotMixTheirUnfinishedLines() {
        var encoder = LogEncoder()
        let time = WallTime.now
        for (text, source) in [("o1", LogEncoder.Source.stdout), ("e1", .stderr), ("o2\n", .stdout), ("e2\n", .stderr)]
        {
            _ = Array(text.utf8).withUnsafeBytes { encoder.append($0, from: source, at: time) }
        }
        let records = LogReader.parse(Array(encoder.output.bytes)).records
        #expect(records.map(\.bytes) == [Array("o1o2".utf8), Array("e1e2".utf8)])
        #expect(records.map(\.stream) == [.stdout, .stderr])
    }

    @Test func unfinishedLineWaitsForItsFlush() {
        var encoder = LogEncoder()
        _ = Array("50%".utf8).withUnsafeBytes { encoder.append($0, from: .stdout, at: .now) }
        let before = (count: encoder.output.count, holds: encoder.holdsPiece)
        #expect(before == (0, true))
        encoder.flush(at: .now)
        let holds = encoder.holdsPiece
        #expect(!holds)
        #expect(LogReader.parse(Array(encoder.output.bytes)).records.first?.partial == true)
    }

    @Test func takesNoMoreThanIsAskedFor() {
        var encoder = LogEncoder()
        let chunk = [UInt8](repeating: 10, count: 10_000)
        let taken = chunk.withUnsafeBytes { encoder.append($0, from: .stdout, at: .now, until: 1000) }
        // Empty lines of 41 bytes each.
        #expect(taken == 25)
        #expect(encoder.output.count == 25 * 41)
        let more = chunk.withUnsafeBytes { encoder.append($0, from: .stdout, at: .now, until: 1000) }
        #expect(more == 0)
    }

    @Test func placesForTheIndexAreWhereRecordsBegin() {
        var encoder = LogEncoder()
        let line = Array("\(String(repeating: "x", count: 99))\n".utf8)
        var log: [UInt8] = []
        var marks: [LogIndexEntry] = []
        for index in 0..<3000 {
            let time = WallTime(nanoseconds: 1_795_000_000_000_000_000 + Int64(index))
            _ = line.withUnsafeBytes { encoder.append($0, from: index % 3 == 0 ? .stderr : .stdout, at: time) }
            log += encoder.output.bytes
            encoder.output.removeFirst(encoder.output.count)
            marks += encoder.marks
            encoder.marks = []
        }
        #expect(encoder.position == Int64(log.count))
        #expect(marks.count == 6)
        var previous: Int64 = 0
        for mark in marks {
            let before = LogReader.parse(log[..<Int(mark.offset)])
            #expect(before.consumed == Int(mark.offset))
            #expect(Int64(before.records.count) == mark.line)
            let record = LogReader.parse(log[Int(mark.offset)...]).records.first
            #expect(record?.time == WallTime(nanoseconds: mark.time).description)
            #expect(mark.offset - previous >= 65_536 && mark.offset - previous < 65_536 + 200)
            previous = mark.offset
        }
    }

    @Test func onlyWholeLinesAreCounted() {
        var encoder = LogEncoder()
        let time = WallTime.now
        _ = [UInt8](repeating: 0x78, count: 1 << 20).withUnsafeBytes { encoder.append($0, from: .stdout, at: time) }
        #expect(encoder.marks.count == 15)
        #expect(encoder.marks.allSatisfy { $0.line == 0 })
        let end = encoder.position
        encoder.abandonOutput(goingOnAt: 7)
        #expect(end > 1 << 20)
        #expect(encoder.position == 7)
        #expect(encoder.output.count == 0 && encoder.marks.isEmpty)
    }

    @Test func unfinishedTailIsLeftForTheNextLook() {
        let log = encode([Array("one\ntwo\n".utf8)])
        let first = LogReader.parse(log.prefix(log.count - 1))
        #expect(first.records.count == 1)
        let rest = LogReader.parse(log[first.consumed...])
        #expect(rest.records.map(\.bytes) == [Array("two".utf8)])
    }

    @Test(arguments: ["", "x", "time stdout F", "time stdin F text", "time stdout X text", " stdout F text"])
    func whatIsNoRecordIsCountedAndSkipped(line: String) {
        let result = LogReader.parse(Array("\(line)\n".utf8) + encode([Array("fine\n".utf8)]))
        #expect(result.malformed == 1)
        #expect(result.records.map(\.bytes) == [Array("fine".utf8)])
    }

    @Test func tagsOfOthersAreTolerated() {
        let record = LogReader.record(Array("t stderr P:later:floyd text with spaces".utf8)[...])
        #expect(record?.partial == true)
        #expect(record?.system == true)
        #expect(record?.bytes == Array("text with spaces".utf8))
    }

    @Test func fileIsReadInPagesAsItGrows() throws {
        let path = "/tmp/floyd-log-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        defer { unlink(path) }
        let log = LogFile(path)
        #expect(try log.read(from: 0).records.isEmpty)
        let lines = (0..<5000).map { Array("line \($0)\n".utf8) }
        let bytes = encode(lines)
        let file = try FileDescriptor.open(path, O_WRONLY | O_CREAT)
        try file.write(all: Array(bytes.dropLast(3)))
        var offset: Int64 = 0
        var records: [LogRecord] = []
        while true {
            let page = try log.read(from: offset, maximumBytes: 1)
            if page.records.isEmpty { break }
            records += page.records
            offset = page.nextOffset
        }
        #expect(records.count == 4999)
        try file.write(all: Array(bytes.suffix(3)))
        records += try log.read(from: offset).records
        #expect(original(records) == lines.flatMap { $0 })
    }
}
