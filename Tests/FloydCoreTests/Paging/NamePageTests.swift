import FloydAPI
import FloydModel
import FloydTree
import FloydStore
import Foundation
import Testing

@testable import FloydCore

/// Pages of lists in the order of names: an account's projects and datasets, and what the config declares.
@Suite struct NamePageTests {
    enum List: CaseIterable {
        case projects, datasets

        var collection: FloydModel.Collection { self == .projects ? .projects : .datasets }

        func add(_ names: [String], to world: World, of account: Account? = nil) async throws {
            for name in names {
                let owner = (account ?? world.alice).id
                _ = try await world.store.resources.createOrGet(collection, Name(name), owner: owner, at: Date())
            }
        }

        func page(
            _ world: World,
            _ cursor: String? = nil,
            limit: Int = 100,
            as account: Account? = nil
        ) async throws -> ListResponse<ResourceResponse> {
            let page = try PageRequest(cursor: cursor, limit: limit)
            let account = account ?? world.alice
            return switch self {
            case .projects: try await world.data.projects(page: page, as: account)
            case .datasets: try await world.data.datasets(page: page, as: account)
            }
        }
    }

    /// The last parts of the full names.
    private static func names(_ page: ListResponse<ResourceResponse>) -> [String] {
        page.items.compactMap { $0.name.split(separator: "/").last.map(String.init) }
    }

    @Test(arguments: List.allCases) func theFirstAMiddleAndTheLastPage(list: List) async throws {
        try await World.with { world in
            try await list.add(["e", "b", "d", "a", "c"], to: world)
            let first = try await list.page(world, limit: 2)
            #expect(Self.names(first) == ["a", "b"] && first.next == "b")
            let middle = try await list.page(world, first.next, limit: 2)
            #expect(Self.names(middle) == ["c", "d"] && middle.next == "d")
            let last = try await list.page(world, middle.next, limit: 2)
            #expect(Self.names(last) == ["e"] && last.next == nil)
            let full = try await list.page(world, limit: 5)
            #expect(full.items.count == 5 && full.next == nil)
            #expect(try await list.page(world, "e").items.isEmpty)
        }
    }

    @Test(arguments: List.allCases) func theOrderIsThatOfBytes(list: List) async throws {
        let names = ["1-a", "A", "B", "Z.z", "a", "a-1", "a.1", "a1", "aB", "a_1", "ab", "b"]
        try await World.with { world in
            try await list.add(names.shuffled(), to: world)
            var seen: [String] = []
            var cursor: String?
            repeat {
                let page = try await list.page(world, cursor, limit: 1)
                seen += Self.names(page)
                cursor = page.next
            } while cursor != nil && seen.count <= names.count
            #expect(seen == names)
        }
    }

    @Test(arguments: List.allCases) func aCursorIsAPlaceWhoseNameNeedNotBeThere(list: List) async throws {
        try await World.with { world in
            try await list.add(["a", "c"], to: world)
            #expect(Self.names(try await list.page(world, "b")) == ["c"])
            #expect(Self.names(try await list.page(world, "A")) == ["a", "c"])
            #expect(Self.names(try await list.page(world, "zzz")) == [])
            #expect(Self.names(try await list.page(world, String(repeating: "a", count: 64))) == ["c"])
        }
    }

    @Test(
        arguments: List.allCases,
        [
            "", " ", "a b", "a/b", "../a", "%61", "x' OR 1=1--", "123", "é", "a\u{0}", "alice/projects/a",
            String(repeating: "a", count: 65), "eo4LZmQVs9JMwW6xB8hta5",
        ]
    )
    func aCursorThatIsNoNameIsRefused(list: List, cursor: String) async throws {
        try await World.with { world in
            try await list.add(["a"], to: world)
            let error = try await failure { _ = try await list.page(world, cursor) }
            #expect(error?.code == .invalidRequest && error?.fields.map(\.name) == ["cursor"])
        }
    }

    @Test(arguments: List.allCases) func aPageOfTheMostThatMayBeAskedFor(list: List) async throws {
        try await World.with { world in
            try await list.add((0...PageRequest.maximumLimit).map { String(format: "n%04d", $0) }, to: world)
            let first = try await list.page(world, limit: PageRequest.maximumLimit)
            #expect(first.items.count == PageRequest.maximumLimit && first.next == "n0499")
            let last = try await list.page(world, first.next, limit: PageRequest.maximumLimit)
            #expect(Self.names(last) == ["n0500"] && last.next == nil)
        }
    }

    @Test(arguments: List.allCases) func whatIsAddedMeanwhileMovesNothing(list: List) async throws {
        try await World.with { world in
            try await list.add(["b", "d", "f", "h"], to: world)
            let first = try await list.page(world, limit: 2)
            // Before the place, right behind it, and at the end.
            try await list.add(["a", "c", "d0", "z"], to: world)
            let rest = try await list.page(world, first.next, limit: 10)
            #expect(Self.names(first) + Self.names(rest) == ["b", "d", "d0", "f", "h", "z"])
        }
    }

    @Test(arguments: List.allCases) func othersNamesAreOnNoPage(list: List) async throws {
        try await World.with { world in
            try await list.add(["a", "b", "c"], to: world)
            try await list.add(["a", "bb"], to: world, of: world.bob)
            let page = try await list.page(world, limit: 1, as: world.bob)
            #expect(page.items.map(\.name) == ["bob/\(list.collection.rawValue)/a"] && page.next == "a")
            // Another's cursor is a place in one's own list.
            #expect(Self.names(try await list.page(world, "b", as: world.bob)) == ["bb"])
            #expect(try await list.page(world, "bb", limit: 1, as: world.bob).items.isEmpty)
        }
    }

    // MARK: What the config declares

    private func machine(_ world: World) throws -> MachineService {
        MachineService(
            version: "1",
            isolation: .none,
            refusal: nil,
            hasAccountUIDs: false,
            instances: try world.instanceTypes(),
            contentHash: .blake3,
            declaredEnvironments: try world.environments()
        )
    }

    @Test func declaredThingsComePageByPage() async throws {
        try await World.with { world in
            let machine = try machine(world)
            func walk(_ page: (PageRequest) async throws -> (names: [String], next: String?)) async throws -> [String] {
                var (seen, cursor) = ([String](), String?.none)
                repeat {
                    let page = try await page(PageRequest(cursor: cursor, limit: 1))
                    #expect(page.names.count == 1)
                    seen += page.names
                    cursor = page.next
                } while cursor != nil && seen.count < 10
                return seen
            }
            let environments = try await walk { page in
                let list = try await machine.environments(page: page)
                return (list.items.map(\.name), list.next)
            }
            #expect(environments == ["future", "python"])
            let types = try await walk { page in
                let list = try await machine.instanceTypes(page: page)
                return (list.items.map(\.name), list.next)
            }
            #expect(types == ["cpu", "gpu"])
            #expect(try await machine.environments(page: PageRequest(cursor: "python")).items.isEmpty)
        }
    }

    /// What is declared doesn't change while the server runs, so a name that isn't there was never given.
    @Test(arguments: ["", "absent", "Python", "python "]) func aCursorThatIsNotDeclaredIsRefused(cursor: String)
        async throws
    {
        try await World.with { world in
            let machine = try machine(world)
            let page = try PageRequest(cursor: cursor)
            let environments = try await failure { _ = try await machine.environments(page: page) }
            let types = try await failure { _ = try await machine.instanceTypes(page: page) }
            for error in [environments, types] {
                #expect(error?.code == .invalidRequest && error?.fields.map(\.name) == ["cursor"])
            }
        }
    }
}
