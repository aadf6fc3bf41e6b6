/// Bytes put together to be sent; its storage is kept.
struct OutputBuffer {
    private var storage: [UInt8] = []

    init() {
        storage.reserveCapacity(4096)
    }

    var count: Int { storage.count }

    mutating func removeAll() {
        // A large answer once shall not cost memory for ever.
        if storage.capacity > 256 * 1024 {
            storage = []
            storage.reserveCapacity(4096)
        } else {
            storage.removeAll(keepingCapacity: true)
        }
    }

    mutating func append(_ text: StaticString) {
        storage.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { storage.append(contentsOf: $0) }
    }

    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        storage.append(contentsOf: bytes)
    }

    mutating func append(_ bytes: [UInt8]) {
        storage.append(contentsOf: bytes)
    }

    mutating func append(decimal number: Int64) {
        guard number >= 10 else {
            storage.append(0x30 + UInt8(clamping: number))
            return
        }
        append(String(number))
    }

    mutating func append(hexadecimal number: Int) {
        append(String(number, radix: 16))
    }

    /// The bytes from `offset` on, as an array of their own.
    func copy(from offset: Int) -> [UInt8] {
        Array(storage[offset...])
    }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        storage.withUnsafeBytes(body)
    }
}
