import Dispatch
public import FloydModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads a file once and cuts it into blocks, while another thread hashes all of it.
///
/// Reading and cutting take about as long as hashing, so the two keep two processors busy: each window is worked on by both, and the
/// one that cuts reads the next one meanwhile.
public struct BlockScan: ~Copyable {
    private let chunker: Chunker
    private let windows: [Window]

    /// - Parameter window: bytes that are read at once, at least. Where two threads work on them, they wait for each other after each.
    public init(_ chunker: Chunker, window: Int = 1 << 20) {
        self.chunker = chunker
        let size = max(window, chunker.maximum)
        windows = (0..<2).map { _ in Window(size: size, headroom: chunker.maximum) }
    }

    /// Gives each block of the file to `onBlock`, one at a time.
    ///
    /// - Parameters:
    ///   - descriptor: read from where it stands to its end.
    ///   - path: what the file is called in errors.
    ///   - isWanted: asked before each window; false ends it.
    /// - Throws: `FloydError` with `localFile`.
    public func scan(
        _ descriptor: Int32,
        path: String,
        while isWanted: () -> Bool = { true },
        onBlock: (UnsafeRawBufferPointer) -> Void
    ) throws(FloydError) {
        try windows[0].fill(from: descriptor, path)
        var turn = 0
        while !windows[turn].isEmpty, isWanted() {
            try windows[turn].cut(chunker, goingOnIn: windows[1 - turn], descriptor, path, onBlock)
            turn = 1 - turn
        }
    }

    /// The same, and gives all bytes to `onBytes`, which another thread calls meanwhile.
    ///
    /// - Parameter expected: asked what length the block has that some bytes begin with, by whoever may know it at less expense than a cut is looked for; nil: nobody
    ///   knows.
    public func scan(
        _ descriptor: Int32,
        path: String,
        onBytes: (UnsafeRawBufferPointer) -> Void,
        expected: (UnsafeRawBufferPointer) -> Int? = { _ in nil },
        onBlock: (UnsafeRawBufferPointer) -> Void
    ) throws(FloydError) {
        try windows[0].fill(from: descriptor, path)
        var turn = 0
        while !windows[turn].isEmpty {
            let (window, next, chunker) = (windows[turn], windows[1 - turn], chunker)
            // Each closure is called by one of the two threads alone, and both threads are done before this goes on.
            nonisolated(unsafe) var result = Result<Void, FloydError>.success(())
            func cut() {
                result = Result { () throws(FloydError) in
                    try window.cut(chunker, goingOnIn: next, descriptor, path, expected: expected, onBlock)
                }
            }
            withoutActuallyEscaping({ onBytes(window.fresh) }) { hash in
                withoutActuallyEscaping(cut) { cut in
                    nonisolated(unsafe) let (hash, cut) = (hash, cut)
                    DispatchQueue.concurrentPerform(iterations: 2) { $0 == 0 ? hash() : cut() }
                }
            }
            try result.get()
            turn = 1 - turn
        }
    }
}

/// Bytes of a file, and before them those of the block that the window before left unfinished.
///
/// Unchecked Sendable: used by one thread at a time, since who hands it on waits for the other.
private final class Window: @unchecked Sendable {
    private let memory: UnsafeMutableRawBufferPointer
    private let headroom: Int
    private var carried = 0
    private var count = 0
    /// Whether the file ends here.
    private(set) var isLast = false

    init(size: Int, headroom: Int) {
        memory = .allocate(byteCount: headroom + size, alignment: 64)
        self.headroom = headroom
    }

    deinit {
        memory.deallocate()
    }

    /// Whether there is nothing that is not cut.
    var isEmpty: Bool { carried + count == 0 }

    /// The bytes read last.
    var fresh: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[headroom..<headroom + count]) }

    /// Gives the whole blocks to `body`, and the last one where the file ends; then `next` has what is left, and the bytes that follow.
    func cut(
        _ chunker: Chunker,
        goingOnIn next: Window,
        _ descriptor: Int32,
        _ path: String,
        expected: (UnsafeRawBufferPointer) -> Int? = { _ in nil },
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(FloydError) {
        var rest = UnsafeRawBufferPointer(rebasing: memory[(headroom - carried)..<headroom + count])
        while let length = expected(rest) ?? chunker.cut(rest) ?? (isLast && !rest.isEmpty ? rest.count : nil) {
            body(UnsafeRawBufferPointer(rebasing: rest[..<length]))
            rest = UnsafeRawBufferPointer(rebasing: rest[length...])
        }
        next.carry(rest)
        if !isLast { try next.fill(from: descriptor, path) }
    }

    private func carry(_ bytes: UnsafeRawBufferPointer) {
        carried = bytes.count
        count = 0
        UnsafeMutableRawBufferPointer(rebasing: memory[(headroom - carried)..<headroom]).copyMemory(from: bytes)
    }

    /// Reads the next bytes of the file.
    func fill(from descriptor: Int32, _ path: String) throws(FloydError) {
        count = 0
        isLast = false
        while headroom + count < memory.count {
            let read = read(
                descriptor,
                memory.baseAddress.map { $0 + headroom + count },
                memory.count - headroom - count
            )
            if read == 0 {
                isLast = true
                return
            }
            if read > 0 {
                count += read
            } else if errno != EINTR {
                throw LocalFileError.reading(path, errno)
            }
        }
    }
}
