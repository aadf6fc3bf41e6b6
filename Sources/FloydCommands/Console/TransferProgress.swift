/// A line on standard error that shows how far something is that goes through files; only where standard error is a terminal.
final class TransferProgress {
    private static let barWidth = 24

    private let console: Console
    private let label: String
    private let files: Int
    private let total: Int64
    private let interval: Duration
    private let start = ContinuousClock.now
    private var doneFiles = 0
    private var bytes: Int64 = 0
    /// Bytes that were there, and took no time.
    private var present: Int64
    private var lastShown: ContinuousClock.Instant?

    /// - Parameters:
    ///   - label: what is done, in a word.
    ///   - total: bytes.
    ///   - files: how many they are of.
    ///   - present: bytes that were there before.
    ///   - interval: the time from one look of the line to the next, at least.
    init(
        console: Console,
        label: String,
        total: Int64,
        files: Int,
        present: Int64 = 0,
        interval: Duration = .milliseconds(100)
    ) {
        self.console = console
        self.label = label
        self.total = total
        self.files = files
        self.present = present
        self.interval = interval
    }

    /// Notes how far it is.
    func reached(_ bytes: Int64, _ doneFiles: Int) {
        self.bytes = bytes
        self.doneFiles = doneFiles
        show()
    }

    /// Notes bytes that an earlier command had fetched.
    func found(_ count: Int64) {
        present += count
        received(count)
    }

    func received(_ count: Int64) {
        bytes += count
        show()
    }

    func finishedFile() {
        doneFiles += 1
    }

    private func show() {
        guard console.errors.isTerminal else { return }
        let now = ContinuousClock.now
        // What is done at once needs no bar.
        guard now - (lastShown ?? start) >= interval || (bytes >= total && lastShown != nil) else { return }
        lastShown = now
        let files = (done: doneFiles, all: files)
        let line = Self.line(
            label,
            bytes,
            of: total,
            files,
            present: present,
            after: now - start,
            columns: console.errors.columns()
        )
        console.writeToErrors("\r\(line)\u{1b}[K")
    }

    /// What is to be said besides stands on a line of its own.
    func note(_ text: String) {
        end()
        console.note(text)
    }

    func end() {
        if lastShown != nil { console.writeToErrors("\n") }
        lastShown = nil
    }

    /// `data [=====>      ]  45%  3 of 7 files  12.0 MB of 26.5 MB  31.0 MB/s  0:07 left`.
    static func line(
        _ label: String,
        _ bytes: Int64,
        of total: Int64,
        _ files: (done: Int, all: Int),
        present: Int64 = 0,
        after time: Duration,
        columns: Int? = nil
    ) -> String {
        let share = total > 0 ? min(1, Double(bytes) / Double(total)) : 1
        let filled = Int(share * Double(barWidth))
        let bar =
            String(repeating: "=", count: filled) + (filled < barWidth ? ">" : "")
            + String(repeating: " ", count: max(0, barWidth - filled - 1))
        let percent = String(Int(share * 100))
        let seconds = time / .seconds(1)
        let rate = seconds > 0 ? Double(max(0, bytes - present)) / seconds : 0
        let left = rate > 0 ? Int((Double(max(0, total - bytes)) / rate).rounded(.up)) : nil
        let figures =
            "\(String(repeating: " ", count: 3 - min(3, percent.utf8.count)))\(percent)%  "
            + "\(files.done) of \(files.all) file\(files.all == 1 ? "" : "s")  "
            + "\(TextStyle.bytes(bytes)) of \(TextStyle.bytes(total))  \(TextStyle.bytes(Int64(rate)))/s"
            + (left.map { "  \($0 / 60):\($0 % 60 < 10 ? "0" : "")\($0 % 60) left" } ?? "")
        let line = "\(label) [\(bar)] \(figures)"
        // A line of more than one row would stay when the next takes its place. The last column stays free: a terminal may go on from there.
        guard let columns, line.count >= columns else { return line }
        return String("\(label) \(figures)".prefix(max(0, columns - 1)))
    }
}
