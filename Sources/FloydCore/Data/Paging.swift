internal import FloydAPI
internal import FloydModel

extension PageRequest {
    /// The id that a cursor is.
    ///
    /// - Throws: `invalidRequest` if it is none.
    static func id(_ cursor: String) throws(FloydError) -> ObjectID {
        if let id = ObjectID(cursor) { return id }
        throw FloydError(.invalidRequest, "the cursor is not one of ours", hint: "Give back `next` of the page before.")
    }
}

extension ListResponse {
    /// The page made of `records`, which were read with one more than the page holds.
    init<Record>(_ records: [Record], page: PageRequest, id: (Record) -> String, _ item: (Record) -> Item) {
        let shown = records.prefix(page.limit)
        self.init(items: shown.map(item), next: records.count > page.limit ? shown.last.map(id) : nil)
    }
}
