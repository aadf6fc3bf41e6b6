#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Where text goes: a descriptor, or memory in tests.
protocol ByteSink: AnyObject {
    /// - Returns: why not all of it could be written, as `errno` says it; nil: it was.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int32?
}

final class DescriptorSink: ByteSink {
    private let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Int32? {
        LocalFile.writeAll(bytes, to: descriptor) ? nil : errno
    }
}

/// The two ways to the person: data on standard output, everything else on standard error.
final class Console {
    /// What one of the two is.
    struct Channel {
        var sink: any ByteSink
        var isTerminal: Bool
        /// Whether the tool's own colours may stand in it.
        var hasColours: Bool
        /// How many columns the terminal has at the moment, where that is known.
        var columns: () -> Int? = { nil }
    }

    let output: Channel
    let errors: Channel
    /// Called with the exit status when standard output can't be written: the tool has nothing left to do.
    private let outputEnded: (Int32) -> Void
    private var pending: [UInt8] = []

    init(output: Channel, errors: Channel, outputEnded: @escaping (Int32) -> Void) {
        self.output = output
        self.errors = errors
        self.outputEnded = outputEnded
    }

    /// The console of this process.
    static func ofProcess(environment: [String: String]) -> Console {
        let isDumb = environment["TERM"] == "dumb"
        // https://no-color.org: present and not empty.
        let wantsColours = !isDumb && environment["NO_COLOR"]?.isEmpty != false
        func channel(_ descriptor: Int32) -> Channel {
            let isTerminal = isatty(descriptor) == 1 && !isDumb
            return Channel(
                sink: DescriptorSink(descriptor),
                isTerminal: isTerminal,
                hasColours: isTerminal && wantsColours,
                columns: { Self.columns(of: descriptor) }
            )
        }
        return Console(output: channel(1), errors: channel(2)) { exit($0) }
    }

    private static func columns(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Puts `bytes` on standard output, at `flush` or before.
    func write(_ bytes: some Collection<UInt8>) {
        pending.append(contentsOf: bytes)
        if pending.count >= 1 << 16 { flush() }
    }

    func write(line: String) {
        write(line.utf8)
        write(CollectionOfOne(UInt8(ascii: "\n")))
    }

    func flush() {
        guard !pending.isEmpty else { return }
        let failure = pending.withUnsafeBytes { output.sink.write($0) }
        pending.removeAll(keepingCapacity: true)
        guard let failure else { return }
        guard failure != EPIPE else { return outputEnded(ExitStatus.readerLeft) }
        // Whoever asked for it believes to have it.
        writeToErrors("floydlite: error: standard output: \(String(cString: strerror(failure)))\n")
        outputEnded(ExitStatus.localFile)
    }

    /// Puts a line on standard error, after what standard output has to show so far.
    func note(_ line: String) {
        flush()
        writeToErrors(line + "\n")
    }

    func writeToErrors(_ text: String) {
        var text = text
        // Whether anybody reads it changes nothing.
        _ = text.withUTF8 { errors.sink.write(UnsafeRawBufferPointer($0)) }
    }
}
