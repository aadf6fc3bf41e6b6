import FloydTree

/// One file of an upload, in a fixed 64 bytes, so that a plan of a million files needs no memory and is found by its number.
/// In the byte order of the machine: such files never leave it.
struct FileRecord: Hashable {
    static let size = 64

    /// Where its bytes begin in the stream; in the index, which knows no stream yet, 0.
    var start: Int64
    /// Bytes of the file.
    var length: Int64
    /// Where its line begins in the upload's manifest.
    var lineStart: Int64
    /// The number of that line, from 0.
    var line: UInt32
    /// The content, or nil where the manifest had no hash.
    var content: ContentID?
    var executable: Bool
    /// Whether it is put together as a recipe says; then fewer than `length` of the stream's bytes are its.
    var hasRecipe = false

    private static let executableFlag: UInt32 = 1
    private static let hashFlag: UInt32 = 2
    private static let recipeFlag: UInt32 = 4

    func append(to bytes: inout [UInt8]) {
        var flags = executable ? Self.executableFlag : 0
        if content != nil { flags |= Self.hashFlag }
        if hasRecipe { flags |= Self.recipeFlag }
        for word in [UInt64(bitPattern: start), UInt64(bitPattern: length), UInt64(bitPattern: lineStart)] {
            withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) }
        }
        for word in [line, flags] { withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) } }
        bytes.append(contentsOf: content?.hash ?? [UInt8](repeating: 0, count: FileHasher.length))
    }

    init(start: Int64, length: Int64, lineStart: Int64, line: Int, content: ContentID?, executable: Bool) {
        self.start = start
        self.length = length
        self.lineStart = lineStart
        self.line = UInt32(line)
        self.content = content
        self.executable = executable
    }

    /// - Parameter bytes: at least `size` bytes.
    init(_ bytes: UnsafeRawBufferPointer) {
        start = bytes.loadUnaligned(fromByteOffset: 0, as: Int64.self)
        length = bytes.loadUnaligned(fromByteOffset: 8, as: Int64.self)
        lineStart = bytes.loadUnaligned(fromByteOffset: 16, as: Int64.self)
        line = bytes.loadUnaligned(fromByteOffset: 24, as: UInt32.self)
        let flags = bytes.loadUnaligned(fromByteOffset: 28, as: UInt32.self)
        executable = flags & Self.executableFlag != 0
        hasRecipe = flags & Self.recipeFlag != 0
        content =
            flags & Self.hashFlag == 0
            ? nil
            : ContentID(
                words: bytes.loadUnaligned(fromByteOffset: 32, as: SIMD4<UInt64>.self),
                executable: executable
            )
    }
}
