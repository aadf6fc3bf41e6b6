import FloydModel
import FoundationEssentials
import GRDB

/// Trees that were made one from the other, and which rows of `tree_contents` are each one's (see `SeventhSchema`).
enum TreeLineage {
    /// Whether the row `row` of `tree_contents` says a content of the tree `tree`.
    static func has(_ tree: String, _ row: String) -> String {
        """
        \(row).lineage = \(tree).lineage AND \(row).since <= \(tree).position
            AND (\(row).until IS NULL OR \(row).until > \(tree).position)
        """
    }

    /// Whether the tree `tree` has the content of a row, be it by that row, of the same lineage, or by another one.
    static func haveBoth(_ tree: String, _ row: String) -> String {
        """
        CASE WHEN \(has(tree, row)) THEN 1 ELSE EXISTS (
            SELECT 1 FROM tree_contents other
            WHERE other.hash = \(row).hash AND other.executable = \(row).executable AND \(has(tree, "other"))
        ) END
        """
    }

    /// Trees of a lineage at most: whoever goes through the rows of one of them meets those of all before.
    static let maximumLength: Int64 = 64

    /// The place of a tree.
    struct Place: Equatable {
        var lineage: Int64
        var position: Int64
    }

    /// The place behind the owner's tree of that digest; nil where no tree can be told from that: it isn't there, another one was, the
    /// lineage is long enough, or its contents have no sizes.
    static func behind(_ digest: Data, _ owner: ObjectID, _ db: Database) throws -> Place? {
        let sql = """
            SELECT t.lineage, t.position + 1 AS position FROM trees t JOIN users u ON u.pk = t.owner
            WHERE u.id = ? AND t.digest = ? AND t.position < \(maximumLength - 1)
                AND NOT EXISTS (SELECT 1 FROM trees later WHERE later.lineage = t.lineage AND later.position > t.position)
                AND NOT EXISTS (SELECT 1 FROM tree_contents c WHERE c.lineage = t.lineage AND c.bytes IS NULL)
            """
        return try db.first(sql, [owner.string, digest]) {
            Place(lineage: try $0.value("lineage"), position: try $0.value("position"))
        }
    }

    /// The place of a tree that is told from no other.
    static func new(_ db: Database) throws -> Place {
        Place(lineage: try db.integer("SELECT COALESCE(MAX(lineage), 0) + 1 FROM trees") ?? 1, position: 0)
    }
}
