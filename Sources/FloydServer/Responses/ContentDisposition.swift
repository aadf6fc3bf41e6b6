import FloydAPI

/// The field that makes a browser save what it gets (RFC 6266).
enum ContentDisposition {
    /// `attachment` under `name`: exactly in the extended form, and once more for clients that know only ASCII.
    static func attachment(_ name: String) -> String {
        var plain = ""
        for scalar in name.unicodeScalars {
            let isPlain = scalar.isASCII && scalar.value >= 0x20 && scalar.value != 0x7f
            plain.unicodeScalars.append(isPlain && !"\"\\%/".unicodeScalars.contains(scalar) ? scalar : "_")
        }
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(APIPath.encoded(name))"
    }
}
