import Glibc

/// What is said, at once: a long run is watched.
package enum Report {
    /// The running program's name.
    package static let program = ProcessFile.name(getpid())

    /// Results, on standard output.
    package static func show(_ text: String) {
        write(text + "\n", to: STDOUT_FILENO)
    }

    /// What happens meanwhile, on standard error.
    package static func say(_ text: String) {
        write("\(program): \(text)\n", to: STDERR_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
