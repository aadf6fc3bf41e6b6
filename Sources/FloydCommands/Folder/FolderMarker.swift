import FloydAPI
import FloydModel
import FloydTree
import FoundationEssentials

/// The file that says which project or dataset a folder belongs to, as FloydHub had it.
struct FolderMarker {
    /// What stands in it.
    struct Content: Codable, Hashable {
        var name: Name
        var namespace: Name
        /// The id of the project or dataset.
        var familyID: ObjectID

        enum CodingKeys: String, CodingKey {
            case name, namespace
            case familyID = "family_id"
        }

        func resource(_ collection: FloydModel.Collection) -> ResourceName {
            ResourceName(owner: namespace, collection: collection, name: name)
        }
    }

    static let project = FolderMarker(
        file: FolderMarkers.project,
        absence: "this folder is not a project",
        remedy: "Make it one with `floydlite init NAME`."
    )
    static let dataset = FolderMarker(
        file: FolderMarkers.dataset,
        absence: "this folder is not a dataset",
        remedy: "Make it one with `floydlite data init NAME`."
    )

    var file: String
    private var absence: String
    private var remedy: String

    private init(file: String, absence: String, remedy: String) {
        self.file = file
        self.absence = absence
        self.remedy = remedy
    }

    func load(in folder: String) throws(FloydError) -> Content? {
        guard let bytes = try LocalFile.read("\(folder)/\(file)") else { return nil }
        do {
            return try JSONDecoder().decode(Content.self, from: Data(bytes))
        } catch {
            throw FloydError(.localFile, "\(folder)/\(file) is damaged", hint: "Remove it. \(remedy)")
        }
    }

    /// - Throws: `FloydError` with `notInitialised` if the folder has no such file.
    func required(in folder: String) throws(FloydError) -> Content {
        guard let content = try load(in: folder) else { throw FloydError(.notInitialised, absence, hint: remedy) }
        return content
    }

    /// A crash leaves the old marker or the new one.
    func save(_ content: Content, in folder: String) throws(FloydError) {
        do {
            try LocalFile.write(
                [UInt8](MessageCoding.encode(content, pretty: true)) + [10],
                to: "\(folder)/\(file)",
                mode: 0o644
            )
        } catch let error as FloydError {
            throw error
        } catch {
            throw FloydError(.internalError, "\(file) could not be encoded: \(error)")
        }
    }
}

extension FolderMarker.Content {
    /// What the marker of the folder of `resource` says.
    init(_ resource: ResourceResponse) throws(FloydError) {
        guard let name = resource.name.split(separator: "/").last else {
            throw FloydError(.protocolViolation, "the server gave a project or dataset without a name")
        }
        self.init(name: try Name(String(name)), namespace: resource.owner, familyID: resource.id)
    }
}
