internal import FloydAPI
public import FloydModel

extension PageRequest {
    /// A cursor that no list gave.
    public static let malformedCursor = FloydError(
        .invalidRequest,
        "the cursor is not one of ours",
        hint: "Give back `next` of the page before.",
        fields: [FloydError.Field(name: "cursor", message: "is not `next` of a page")]
    )

    /// The id that a cursor is.
    ///
    /// - Throws: `invalidRequest` if it is none.
    static func id(_ cursor: String) throws(FloydError) -> ObjectID {
        if let id = ObjectID(cursor) { return id }
        throw malformedCursor
    }

    /// The name that a cursor is.
    static func name(_ cursor: String) throws(FloydError) -> Name {
        do throws(FloydError) {
            return try Name(cursor)
        } catch {
            throw malformedCursor
        }
    }
}

extension ListResponse {
    /// The page made of `records`, which were read with one more than the page holds.
    init<Record>(_ records: [Record], page: PageRequest, id: (Record) -> String, _ item: (Record) -> Item) {
        let shown = records.prefix(page.limit)
        self.init(items: shown.map(item), next: records.count > page.limit ? shown.last.map(id) : nil)
    }

    /// A page of what is held whole, in the order that it has.
    init(all items: [Item], page: PageRequest, name: (Item) -> String) throws(FloydError) {
        var rest = items[...]
        if let cursor = page.cursor {
            guard let last = rest.firstIndex(where: { name($0) == cursor }) else { throw PageRequest.malformedCursor }
            rest = rest[(last + 1)...]
        }
        self.init(Array(rest.prefix(page.limit + 1)), page: page, id: name) { $0 }
    }
}
