import FloydAPI
import FloydModel

/// Unfinished uploads in lines, as `data uploads` shows them.
struct UploadList: Renderable {
    var items: [UploadResponse]
    /// Where they were begun, as far as it is known.
    var folders: [ObjectID: String] = [:]

    enum CodingKeys: String, CodingKey {
        case items
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(items, forKey: .items)
    }

    func text(in style: TextStyle) -> String {
        var table = Table(["UPLOAD ID", "CREATED", "STATUS", "RECEIVED", "SIZE", "EXPIRES", "FOR"])
        for upload in items {
            table.add([
                upload.id.string, upload.created.map(style.age) ?? "", upload.state.rawValue,
                TextStyle.bytes(upload.offset), TextStyle.bytes(upload.length),
                upload.expires.map(MessageCoding.format) ?? "", purpose(of: upload),
            ])
        }
        return table.text
    }

    /// A tree becomes something only once it is whole.
    private func purpose(of upload: UploadResponse) -> String {
        if let archive = upload.archive { return "dataset \(archive.dataset)" }
        if let folder = folders[upload.id] { return TextStyle.printable(folder) }
        return upload.files == 1 ? "1 file" : "\(upload.files) files"
    }
}

/// Uploads that were just given up.
struct AbandonedUploads: Renderable {
    var items: [UploadResponse]

    func text(in style: TextStyle) -> String {
        items.map { "Gave up \($0.id)\n" }.joined()
    }
}
