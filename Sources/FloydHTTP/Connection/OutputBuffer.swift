/// Bytes put together to be sent; its memory is kept.
///
/// Memory of its own, and no array: heads are made of two dozen pieces, and an array asks at each whether somebody else holds it.
struct OutputBuffer: ~Copyable {
    private var storage: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    private static let ordinaryCapacity = 4096
    /// A large answer once shall not cost memory for ever.
    private static let mostKept = 256 * 1024

    init() {
        storage = .allocate(byteCount: Self.ordinaryCapacity, alignment: 16)
    }

    deinit {
        storage.deallocate()
    }

    mutating func removeAll() {
        count = 0
        if storage.count > Self.mostKept { grow(to: Self.ordinaryCapacity) }
    }

    /// Named, since a literal that could be either is a `String`, which is counted by whoever holds it.
    mutating func append(literal text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ text: String) {
        // Every native string lies in one piece; a copy made to be sure would cost more than the bytes do.
        let isDone: Void? = text.utf8.withContiguousStorageIfAvailable { append(UnsafeRawBufferPointer($0)) }
        if isDone == nil { append(Array(text.utf8)) }
    }

    mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
        if storage.count - count < bytes.count { grow(to: max(storage.count * 2, count + bytes.count)) }
        storage.baseAddress?.advanced(by: count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    /// - Parameter number: not negative.
    mutating func append(decimal number: Int64) {
        append(number: UInt64(clamping: number), radix: 10)
    }

    /// - Parameter number: not negative.
    mutating func append(hexadecimal number: Int) {
        append(number: UInt64(clamping: number), radix: 16)
    }

    private mutating func append(number: UInt64, radix: UInt64) {
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var start = digits.count
            var rest = number
            repeat {
                let digit = UInt8(rest % radix)
                start -= 1
                digits[start] = digit < 10 ? 0x30 + digit : 0x57 + digit
                rest /= radix
            } while rest > 0
            append(UnsafeRawBufferPointer(rebasing: digits[start...]))
        }
    }

    private mutating func grow(to capacity: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[..<count]))
        storage.deallocate()
        storage = larger
    }

    /// The bytes from `offset` on, as an array of their own.
    func copy(from offset: Int) -> [UInt8] {
        withUnsafeBytes { Array($0[offset...]) }
    }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(rebasing: storage[..<count]))
    }
}
