import FloydAPI
import FloydModel
import FloydTree

/// Versions that were just deleted.
struct DeletedVersions: Renderable {
    var items: [DatasetVersionResponse]

    func text(in style: TextStyle) -> String {
        items.map { "Deleted \($0.name)\n" }.joined()
    }
}

/// A version that was read again.
struct VerifiedVersion: Renderable {
    var version: DatasetVersionResponse
    var message: VerifyMessage
    var damaged: [VerifyMessage.Damage]

    enum CodingKeys: String, CodingKey {
        case id, name, result, files, bytes, damaged
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(version.id, forKey: .id)
        try container.encode(version.name, forKey: .name)
        try container.encode(message.result, forKey: .result)
        try container.encode(message.files, forKey: .files)
        try container.encode(message.bytes, forKey: .bytes)
        try container.encode(damaged, forKey: .damaged)
    }

    func text(in style: TextStyle) -> String {
        let amount = "\(message.files) files, \(TextStyle.bytes(message.bytes))"
        guard message.result != .whole else { return "\(version.name) is whole: \(amount)\n" }
        return damaged.map { "\(TreePath.quoted($0.path)) \(TextStyle.printable($0.reason))\n" }.joined()
            + "\(version.name) is damaged: \(damaged.count) of \(amount)\n"
    }
}
