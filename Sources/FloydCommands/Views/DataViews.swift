import FloydAPI
import FloydModel

/// Versions of datasets in lines, as `data status` shows them.
struct VersionList: Renderable {
    var items: [DatasetVersionResponse]

    func text(in style: TextStyle) -> String {
        var table = Table([
            "DATA NAME", "DATA ID", "CREATED", "STATUS", "FILES", "DISK USAGE", "SHARED", "VISIBILITY", "DESCRIPTION",
        ])
        for version in items {
            table.add([
                version.name, version.id.string, style.age(of: version.created), version.state, String(version.files),
                TextStyle.bytes(version.size), version.shared.map { TextStyle.bytes($0) } ?? "",
                TextStyle.visibility(version.isPublic), TextStyle.printable(version.message ?? ""),
            ])
        }
        return table.text
    }
}

/// A version that was just uploaded.
struct UploadedVersion: Renderable {
    var version: DatasetVersionResponse

    func encode(to encoder: any Encoder) throws {
        try version.encode(to: encoder)
    }

    func text(in style: TextStyle) -> String {
        var table = Table(["DATA ID", "NAME", "VERSION"])
        table.add([version.id.string, version.name, String(version.number)])
        return table.text
    }
}

/// A project or dataset that a folder was made the home of.
struct InitialisedFolder: Renderable {
    var resource: ResourceResponse
    /// Private is what everything is that nobody has said otherwise of.
    private var seen: String { resource.isPublic ? "; it is public" : "" }
    var collection: FloydModel.Collection

    func encode(to encoder: any Encoder) throws {
        try resource.encode(to: encoder)
    }

    func text(in style: TextStyle) -> String {
        switch collection {
        case .projects: "Project \"\(resource.name)\" initialized in current directory\(seen)\n"
        case .datasets: "Data source \"\(resource.name)\" initialized in current directory\(seen)\n"
        }
    }
}
