import FoundationEssentials
import Testing

@testable import FloydModel

struct ObjectIDTests {
    @Test("new ids have the shape, and differ")
    func fresh() {
        let ids = (0..<1000).map { _ in ObjectID() }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { ObjectID($0.string) == $0 })
    }

    @Test("the alphabet has 57 symbols, none a look-alike, for at least 128 bits in an id")
    func alphabet() {
        #expect(Set(ObjectID.alphabet).count == 57)
        #expect(ObjectID.alphabet.allSatisfy { !"01IOl".utf8.contains($0) })
        #expect(Set((0..<1000).flatMap { _ in ObjectID().string.utf8 }) == Set(ObjectID.alphabet))
    }

    @Test(arguments: [
        "", "eo4LZmQVs9JMwW6xB8hta", "eo4LZmQVs9JMwW6xB8hta55", "eo4LZmQVs9JMwW6xB8hta0", "eo4LZmQVs9JMwW6xB8htal",
        "eo4LZmQVs9JMwW6xB8hta/", "eo4LZmQVs9JMwW6xB8htaé", "../../../../../etc/pas",
    ])
    func refuses(_ string: String) {
        #expect(ObjectID(string) == nil)
    }

    @Test func coding() throws {
        let id = ObjectID()
        let data = try JSONEncoder().encode([id])
        #expect(String(decoding: data, as: UTF8.self) == "[\"\(id)\"]")
        #expect(try JSONDecoder().decode([ObjectID].self, from: data) == [id])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([ObjectID].self, from: Data(#"["x"]"#.utf8)) }
    }
}
