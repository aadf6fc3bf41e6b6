/// A line on standard error that shows how far an upload is; only where standard error is a terminal.
final class UploadProgress {
    private static let interval = Duration.milliseconds(100)
    private static let barWidth = 24

    private let console: Console
    private let label: String
    private let total: Int64
    private let files: Int
    private let start: ContinuousClock.Instant
    private var lastShown: ContinuousClock.Instant?

    /// - Parameters:
    ///   - total: bytes.
    ///   - files: how many they are of.
    init(console: Console, label: String, total: Int64, files: Int) {
        self.console = console
        self.label = label
        self.total = total
        self.files = files
        start = .now
    }

    func reached(_ bytes: Int64, _ file: Int) {
        guard console.errors.isTerminal else { return }
        let now = ContinuousClock.now
        if let lastShown, now - lastShown < Self.interval, bytes < total { return }
        // What is done at once needs no bar.
        guard lastShown != nil || now - start >= Self.interval else { return }
        lastShown = now
        console.writeToErrors("\r" + Self.line(label, bytes, of: total, (file, files), after: now - start) + "\u{1b}[K")
    }

    func end() {
        if lastShown != nil { console.writeToErrors("\n") }
        lastShown = nil
    }

    /// `data [=====>      ]  45%  12.0 MB of 26.5 MB  file 120 of 300  31.0 MB/s  0:07 left`.
    static func line(
        _ label: String,
        _ bytes: Int64,
        of total: Int64,
        _ file: (number: Int, count: Int),
        after time: Duration
    ) -> String {
        let share = total > 0 ? Double(bytes) / Double(total) : 1
        let filled = Int(share * Double(barWidth))
        let bar =
            String(repeating: "=", count: filled) + (filled < barWidth ? ">" : "")
            + String(repeating: " ", count: max(0, barWidth - filled - 1))
        let percent = String(Int(share * 100))
        let seconds = time / .seconds(1)
        let rate = seconds > 0 ? Double(bytes) / seconds : 0
        let left = rate > 0 ? Int((Double(total - bytes) / rate).rounded(.up)) : nil
        return "\(label) [\(bar)] \(String(repeating: " ", count: 3 - min(3, percent.utf8.count)))\(percent)%  "
            + "\(TextStyle.bytes(bytes)) of \(TextStyle.bytes(total))  file \(file.number) of \(file.count)  \(TextStyle.bytes(Int64(rate)))/s"
            + (left.map { "  \($0 / 60):\($0 % 60 < 10 ? "0" : "")\($0 % 60) left" } ?? "")
    }
}
