import Foundation
import Testing

@testable import FloydCommands

@Suite struct TransferProgressTests {
    private func line(_ columns: Int?) -> String {
        TransferProgress.line("fetch", 12_000_000, of: 24_000_000, (3, 7), after: .seconds(2), columns: columns)
    }

    @Test func aLineFitsItsTerminal() {
        let whole = "fetch [============>           ]  50%  3 of 7 files  12.0 MB of 24.0 MB  6.00 MB/s  0:02 left"
        let figures = "fetch  50%  3 of 7 files  12.0 MB of 24.0 MB  6.00 MB/s  0:02 left"
        #expect(line(nil) == whole)
        #expect(line(whole.count + 1) == whole)
        // The last column stays free; without the bar first, then what else has room.
        #expect(line(whole.count) == figures)
        #expect(line(figures.count + 1) == figures)
        #expect(line(figures.count) == figures.dropLast())
        #expect(line(20) == "fetch  50%  3 of 7 ")
        #expect(line(1).isEmpty && line(0).isEmpty)
    }

    @Test func theWidthIsAskedAnew() {
        let sink = MemorySink()
        var widths = [120, 40, 30]
        let channel = Console.Channel(sink: sink, isTerminal: true, hasColours: false) { widths.removeFirst() }
        let console = Console(output: channel, errors: channel, outputEnded: { _ in })
        let progress = TransferProgress(console: console, label: "fetch", total: 1000, files: 3, interval: .zero)
        for bytes in [100, 200, 300] { progress.reached(Int64(bytes), 1) }
        let lines = sink.text.components(separatedBy: "\r").dropFirst().map { $0.replacing("\u{1b}[K", with: "").count }
        #expect(lines.count == 3 && lines[0] > 60 && lines[1] == 39 && lines[2] == 29)
    }
}
