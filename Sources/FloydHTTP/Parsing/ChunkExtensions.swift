/// The grammar of chunk extensions: `*( BWS ";" BWS name [ BWS "=" BWS value ] )` (RFC 9112 §7.1.1).
enum ChunkExtensions {
    /// Whether the bytes between a chunk's size and its line end are well-formed.
    static func areValid(_ bytes: [UInt8]) -> Bool {
        var cursor = Cursor(bytes: bytes)
        while true {
            cursor.skipBlanks()
            guard cursor.take(0x3b) else { return false }
            cursor.skipBlanks()
            guard cursor.takeToken() else { return false }
            if cursor.isAtEnd { return true }
            var ahead = cursor
            ahead.skipBlanks()
            guard ahead.take(0x3d) else { continue }
            ahead.skipBlanks()
            guard ahead.takeQuotedString() || ahead.takeToken() else { return false }
            cursor = ahead
            if cursor.isAtEnd { return true }
        }
    }

    private struct Cursor {
        let bytes: [UInt8]
        var index = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        var isAtEnd: Bool { index == bytes.count }

        mutating func skipBlanks() {
            while index < bytes.count, ByteClass.isBlank(bytes[index]) { index += 1 }
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard index < bytes.count, bytes[index] == byte else { return false }
            index += 1
            return true
        }

        mutating func takeToken() -> Bool {
            let start = index
            while index < bytes.count, ByteClass.isToken(bytes[index]) { index += 1 }
            return index > start
        }

        mutating func takeQuotedString() -> Bool {
            guard take(0x22) else { return false }
            while index < bytes.count {
                if take(0x22) { return true }
                if take(0x5c), index == bytes.count { return false }
                index += 1
            }
            return false
        }
    }
}
