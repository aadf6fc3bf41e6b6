public import FloydModel
import FoundationEssentials

/// What an upload that is an archive is for, and what became of it.
public struct ArchiveUpload: Sendable, Hashable {
    /// The uploader's dataset of which it becomes a version; it need not be there yet.
    public var dataset: Name
    public var message: String?
    /// As the client sent it.
    public var metadata: String?
    /// Why there will be no version.
    public var failure: FloydError?
    /// The version that was made of it.
    public var version: NumberedName?

    public init(dataset: Name, message: String?, metadata: String?) {
        self.dataset = dataset
        self.message = message
        self.metadata = metadata
    }

    static let columns = """
        a.upload AS archive_pk, a.dataset AS archive_dataset, a.message AS archive_message, a.metadata AS archive_metadata,
        a.failure_code, a.failure_message, a.failure_hint, av.number AS version_number, ad.name AS version_dataset,
        au.name AS version_owner
        """
    static let join = """
        LEFT JOIN archives a ON a.upload = up.pk
        LEFT JOIN dataset_versions av ON av.pk = a.version
        LEFT JOIN datasets ad ON ad.pk = av.dataset LEFT JOIN users au ON au.pk = ad.owner
        """

    /// nil for an upload that is none.
    init?(_ columns: Columns) throws {
        let pk: Int64? = try columns.value("archive_pk")
        guard pk != nil else { return nil }
        dataset = try columns.name("archive_dataset")
        message = try columns.value("archive_message")
        metadata = try columns.value("archive_metadata")
        if let code: String = try columns.value("failure_code") {
            failure = FloydError(
                FloydError.Code(rawValue: code),
                try columns.value("failure_message"),
                hint: try columns.value("failure_hint")
            )
        }
        if let number: Int = try columns.value("version_number") {
            let resource = ResourceName(
                owner: try columns.name("version_owner"),
                collection: .datasets,
                name: try columns.name("version_dataset")
            )
            version = NumberedName(resource, number)
        }
    }
}
