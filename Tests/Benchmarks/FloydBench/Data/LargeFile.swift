import FloydLab
import FloydOS
import Glibc

/// A file whose contents don't compress or repeat, alone in a folder that is to become a dataset.
struct LargeFile {
    let folder: String
    let size: Int64
    var path: String { "\(folder)/data.bin" }

    /// - Parameter size: bytes, a multiple of a MiB.
    init(_ size: Int64, in scratch: Scratch) throws {
        folder = try scratch.folder("source")
        self.size = size
        let file = try FileDescriptor.open(path, O_WRONLY | O_CREAT, mode: 0o644)
        var noise = Noise(seed: 1)
        for _ in 0..<(size >> 20) { try file.write(all: noise.bytes(1 << 20)) }
        try file.close()
    }

    /// Makes it another file of the same size.
    func overwrite(with bytes: [UInt8], at offset: Int64) throws {
        let file = try FileDescriptor.open(path, O_WRONLY)
        try file.write(all: bytes, at: offset)
        try file.close()
    }

    /// Puts `bytes` before all others.
    func insert(_ bytes: [UInt8]) throws {
        let draft = "\(folder)/../draft"
        let old = try FileDescriptor.open(path, O_RDONLY)
        let new = try FileDescriptor.open(draft, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        try new.write(all: bytes)
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { piece.deallocate() }
        while case let count = try old.read(into: piece), count > 0 {
            try new.write(all: UnsafeRawBufferPointer(rebasing: piece[..<count]))
        }
        try new.close()
        try Folder.rename(draft, to: path)
    }
}

/// Bytes that don't compress or repeat (xorshift64).
struct Noise {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    /// - Parameter count: is rounded up to a multiple of eight.
    mutating func bytes(_ count: Int) -> [UInt8] {
        let words = (0..<(count + 7) / 8).map { _ in next() }
        return words.withUnsafeBytes { Array($0) }
    }
}

/// A folder of many small files that is to become a dataset.
struct SmallFiles {
    let folder: String
    let count: Int

    private static let filesPerFolder = 500

    /// - Parameter sizes: bytes of a file.
    init(_ count: Int, of sizes: ClosedRange<Int>, in scratch: Scratch) throws {
        folder = try scratch.folder("source")
        self.count = count
        var noise = Noise(seed: 2)
        for number in 0..<count {
            if number.isMultiple(of: Self.filesPerFolder) { try Folder.create(parent(of: number), mode: 0o755) }
            let size = sizes.lowerBound + Int(noise.next() % UInt64(sizes.count))
            try write(noise.bytes(size), number)
        }
    }

    /// Writes every `step`th file anew.
    func change(every step: Int, seed: UInt64) throws {
        var noise = Noise(seed: seed)
        for number in stride(from: 0, to: count, by: step) { try write(noise.bytes(12_000), number) }
    }

    private func parent(of number: Int) -> String { "\(folder)/part-\(number / Self.filesPerFolder)" }

    private func write(_ bytes: [UInt8], _ number: Int) throws {
        let path = "\(parent(of: number))/file-\(number).bin"
        let file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        try file.write(all: bytes)
        try file.close()
    }
}

extension Scratch {
    /// Nobody pays for what somebody before has left to the disk.
    func settle() throws {
        try FileSystemSync(of: path).run()
    }
}

/// What goes over the loopback interface.
enum Loopback {
    /// Bytes so far, both ways (proc_net(5)).
    static var bytes: Double {
        for line in ProcessFile.text("/proc/net/dev").split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.first == "lo:", words.count > 1 { return Double(words[1]) ?? 0 }
        }
        return 0
    }
}
