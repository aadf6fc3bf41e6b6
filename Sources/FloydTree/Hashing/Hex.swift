/// Bytes as lowercase hexadecimal digits, the form that hashes have in manifests, file names and requests.
public enum Hex {
    public static func string(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
            for (index, byte) in bytes.enumerated() {
                buffer[index * 2] = digit(byte >> 4)
                buffer[index * 2 + 1] = digit(byte & 15)
            }
            return bytes.count * 2
        }
    }

    public static func string(_ bytes: some Sequence<UInt8>) -> String {
        string(Array(bytes))
    }

    /// The same with `mark` behind the digits of the first `count` bytes.
    public static func string(_ bytes: UnsafeRawBufferPointer, mark: UInt8, after count: Int) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2 + 1) { buffer in
            var end = 0
            for (index, byte) in bytes.enumerated() {
                if index == count {
                    buffer[end] = mark
                    end += 1
                }
                buffer[end] = digit(byte >> 4)
                buffer[end + 1] = digit(byte & 15)
                end += 2
            }
            return end
        }
    }

    static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        text.append(
            contentsOf: [UInt8](unsafeUninitializedCapacity: bytes.count * 2) { buffer, count in
                for byte in bytes {
                    buffer[count] = digit(byte >> 4)
                    buffer[count + 1] = digit(byte & 15)
                    count += 2
                }
            }
        )
    }

    static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }

    /// The bytes that `text` stands for; nil where it has an odd length or anything but `0-9a-f` (no capitals:
    /// one hash has one spelling).
    public static func bytes(_ text: [UInt8]) -> [UInt8]? {
        text.withUnsafeBufferPointer { bytes($0) }
    }

    public static func bytes(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        text.withUnsafeBufferPointer { bytes($0) }
    }

    static func bytes(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        text.withMemoryRebound(to: UInt8.self) { bytes($0) }
    }

    private static func bytes(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var isWhole = true
        let bytes = [UInt8](unsafeUninitializedCapacity: text.count / 2) { buffer, count in
            while count < text.count / 2, let high = value(of: text[count * 2]),
                let low = value(of: text[count * 2 + 1])
            {
                buffer[count] = high << 4 | low
                count += 1
            }
            isWhole = count == text.count / 2
        }
        return isWhole ? bytes : nil
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
