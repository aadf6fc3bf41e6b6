import FloydModel
import FloydTree
import Foundation
import Testing

@testable import FloydBlobs

/// Files that are put together from a content that is there.
struct RecipeReceiverTests {
    static let base = TestFile.file("big", Array("the quick brown fox jumps over the lazy dog".utf8))
    static let next = TestFile.file("big", Array("the quick red fox jumps over the lazy cat, the quick".utf8))
    /// `the quick ` + red + ` fox jumps over the lazy ` + cat, + ` the quick`.
    static let recipe: Recipe = {
        var recipe = Recipe(base: base.entry.hash?.bytes ?? [])
        recipe.append(.copy(offset: 0, length: 10))
        recipe.append(.send(length: 3))
        recipe.append(.copy(offset: 15, length: 25))
        recipe.append(.send(length: 4))
        recipe.append(.copy(offset: 39, length: 1))
        recipe.append(.copy(offset: 0, length: 9))
        return recipe
    }()
    static let files = [next, .file("empty", ""), .file("more", "0123456789")]
    static let stream = Array("redcat,0123456789".utf8)

    static func text(_ recipe: Recipe = recipe, line: Int = 0) -> [UInt8] {
        var text: [UInt8] = []
        RecipeCoding.append(recipe, line: line, to: &text)
        return text
    }

    static func world() throws -> Fixture {
        let fixture = try Fixture()
        _ = try fixture.upload([base])
        fixture.remember([base])
        return fixture
    }

    /// An upload with the recipe taken.
    static func upload(_ fixture: Fixture, id: ObjectID = ObjectID(), _ files: [TestFile] = files) throws
        -> UploadFolder
    {
        let receiver = try fixture.plan(files.map(\.entry), id: id).receiveRecipes()
        for byte in text() { try receiver.append([byte], isReachable: fixture.reachable.contains) }
        return try receiver.finish()
    }

    static func check(_ folder: UploadFolder, _ fixture: Fixture) throws {
        let path = try fixture.store.materialise(folder.commit().digest)
        for file in files {
            #expect(FileManager.default.contents(atPath: "\(path)/\(file.entry.path)") == Data(file.bytes))
        }
    }

    @Test func whatStaysInItsBlocksCanBeShared() {
        var recipe = Recipe(base: Self.base.entry.hash?.bytes ?? [])
        recipe.append(.copy(offset: 0, length: 10_000))
        recipe.append(.send(length: 5_000))
        recipe.append(.copy(offset: 15_000, length: 700))
        recipe.append(.copy(offset: 15_700 + 8_192, length: 30))
        recipe.append(.copy(offset: 1, length: 9_999))
        #expect(recipe.copiedInPlace(4_096) == 10_730)
        #expect(recipe.copiedInPlace(65_536) == 10_700)
    }

    @Test func onlyWhatIsNewIsSent() throws {
        let fixture = try Self.world()
        let folder = try Self.upload(fixture)
        #expect(folder.totals.length == Int64(Self.stream.count))
        #expect(
            try String(contentsOfFile: folder.recipePath ?? "", encoding: .utf8)
                == String(decoding: Self.text(), as: UTF8.self)
        )
        let receiver = try folder.receive(at: 0)
        try receiver.append(Self.stream)
        #expect(try receiver.finish() == Int64(Self.stream.count))
        try Self.check(folder, fixture)
    }

    /// Broken at every byte of the stream, each time without a word.
    @Test func resumeAtEveryByte() throws {
        let fixture = try Self.world()
        for cut in 0...Self.stream.count {
            let id = ObjectID()
            do {
                let receiver = try Self.upload(fixture, id: id).receive(at: 0)
                try receiver.append(Array(Self.stream[..<cut]))
            }
            try fixture.reopen()
            let again = try fixture.store.upload(id)
            #expect(try again.status().offset == Int64(cut))
            let receiver = try again.receive(at: Int64(cut))
            try receiver.append(Array(Self.stream[cut...]))
            #expect(try receiver.finish() == Int64(Self.stream.count))
            try Self.check(again, fixture)
        }
    }

    /// The process may end while a part is being copied, at any byte of it.
    @Test func resumeAtEveryByteOfTheFile() throws {
        let fixture = try Self.world()
        for position in 0...Self.next.bytes.count {
            let id = ObjectID()
            let folder = try Self.upload(fixture, id: id)
            let staged = "\(fixture.root)/uploads/\(id)/staged/0"
            try FileManager.default.createDirectory(atPath: staged, withIntermediateDirectories: true)
            try Data(Self.next.bytes[..<position]).write(to: URL(fileURLWithPath: "\(staged)/0"))
            let offset = Int(try folder.status().offset)
            #expect(Int64(offset) == Self.recipe.sent(before: Int64(position)))
            let receiver = try folder.receive(at: Int64(offset))
            try receiver.append(Array(Self.stream[offset...]))
            try receiver.finish()
            try Self.check(folder, fixture)
        }
    }

    /// With nothing to send there is nobody to drive the copying but the commit.
    @Test func aFileOfNothingNew() throws {
        let fixture = try Self.world()
        let half = TestFile.file("half", Array(Self.base.bytes.prefix(20)))
        var recipe = Recipe(base: Self.base.entry.hash?.bytes ?? [])
        recipe.append(.copy(offset: 0, length: 20))
        let receiver = try fixture.plan([half.entry]).receiveRecipes()
        try receiver.append(Self.text(recipe), isReachable: fixture.reachable.contains)
        let folder = try receiver.finish()
        #expect(folder.totals.length == 0)
        let path = try fixture.store.materialise(folder.commit().digest)
        #expect(FileManager.default.contents(atPath: "\(path)/half") == Data(half.bytes))
    }

    /// The base may be deleted and collected while the upload goes on.
    @Test func theBaseIsKept() throws {
        let fixture = try Self.world()
        let folder = try Self.upload(fixture)
        let id = try #require(ContentID(of: Self.base.entry))
        try FileManager.default.removeItem(atPath: "\(fixture.root)/contents/\(id.relativePath)")
        let receiver = try folder.receive(at: 0)
        try receiver.append(Self.stream)
        try receiver.finish()
        try Self.check(folder, fixture)
    }

    @Test func wrongBytesAreFoundOut() throws {
        let fixture = try Self.world()
        let receiver = try Self.upload(fixture).receive(at: 0)
        let error = #expect(throws: FloydError.self) { try receiver.append(Array("REDcat,".utf8)) }
        #expect(error?.code == .contentMismatch)
    }

    @Test func moreThanTheStreamIsRefused() throws {
        let fixture = try Self.world()
        let receiver = try Self.upload(fixture).receive(at: 0)
        let error = #expect(throws: FloydError.self) { try receiver.append(Self.stream + [0]) }
        #expect(error?.code == .tooLarge)
    }

    /// What the user may not read is not there, in the same words.
    @Test func aBaseOfSomebodyElse() throws {
        let fixture = try Self.world()
        let folder = try fixture.plan(Self.files.map(\.entry))
        var messages: [String] = []
        for isThere in [true, false] {
            var recipe = Recipe(base: isThere ? Self.base.entry.hash?.bytes ?? [] : FileHasher.hash([9], .blake3).bytes)
            recipe.append(.copy(offset: 0, length: 10))
            let receiver = try folder.receiveRecipes()
            let error = #expect(throws: FloydError.self) {
                try receiver.append(Self.text(recipe), isReachable: { _ in false })
            }
            receiver.abandon()
            #expect(error?.code == .notFound)
            messages.append((error?.message ?? "").replacing(Hex.string(recipe.base), with: "HASH"))
        }
        #expect(messages[0] == messages[1])
        #expect(try folder.status().offset == 0)
        try fixture.send(Self.files, to: folder)
        try Self.check(folder, fixture)
    }

    @Test(arguments: [
        "copy 0 10\n", "file 1 BASE\ncopy 0 10\n", "file 9 BASE\n", "file 0 BASE\ncopy 40 4\n",
        "file 0 BASE\nsend 53\n",
        "file 0 BASE\nsend 10\n", "file 0 BASE\nsend 52\nfile 0 BASE\nsend 52\n",
        "file 2 BASE\nsend 10\nfile 0 BASE\nsend 52\n",
    ])
    func wrongRecipesChangeNothing(text: String) throws {
        let fixture = try Self.world()
        let folder = try fixture.plan(Self.files.map(\.entry))
        let receiver = try folder.receiveRecipes()
        let bytes = Array(text.replacing("BASE", with: Hex.string(Self.base.entry.hash?.bytes ?? [])).utf8)
        let error = #expect(throws: FloydError.self) {
            try receiver.append(bytes, isReachable: { _ in true })
            _ = try receiver.finish()
        }
        #expect(error?.code == .invalidRequest)
        receiver.abandon()
        let same = try fixture.store.upload(folder.id)
        #expect(same.recipePath == nil)
        #expect(same.totals.length == 62)
        try fixture.send(Self.files, to: same)
        try Self.check(same, fixture)
    }

    @Test func onlyBeforeTheFirstByteAndOnce() throws {
        let fixture = try Self.world()
        let folder = try Self.upload(fixture)
        #expect(throws: FloydError.self) { try folder.receiveRecipes() }
        let begun = try fixture.plan(Self.files.map(\.entry))
        let receiver = try begun.receive(at: 0)
        try receiver.append([Self.next.bytes[0]])
        #expect(#expect(throws: FloydError.self) { try begun.receiveRecipes() }?.code == .locked)
        try receiver.finish()
        #expect(#expect(throws: FloydError.self) { try begun.receiveRecipes() }?.code == .conflict)
    }

    /// The process may end between the recipes' own name and the word that they count.
    @Test func recipesThatDoNotCount() throws {
        let fixture = try Self.world()
        let id = ObjectID()
        let folder = try fixture.plan(Self.files.map(\.entry), id: id)
        let totals = try Data(contentsOf: URL(fileURLWithPath: "\(fixture.root)/uploads/\(id)/totals"))
        let receiver = try folder.receiveRecipes()
        try receiver.append(Self.text(), isReachable: { _ in true })
        _ = try receiver.finish()
        try totals.write(to: URL(fileURLWithPath: "\(fixture.root)/uploads/\(id)/totals"))
        let again = try fixture.store.upload(id)
        #expect(again.totals.length == 62)
        let second = try again.receiveRecipes()
        try second.append(Self.text(), isReachable: { _ in true })
        #expect(try second.finish().totals.length == Int64(Self.stream.count))
    }
}

struct BlockListTests {
    @Test func theFileOfThatPathOrName() throws {
        let fixture = try Fixture()
        let files: [TestFile] = [
            .file("a/x.bin", "aaaa"), .file("b/x.bin", "bbbbbbbb"), .file("empty", ""), .file("x.bin", "1"),
            .file("y", "yy"),
        ]
        let tree = try fixture.upload(files)
        func base(_ path: String, _ size: Int64) throws -> String? {
            try fixture.store.baseFile(for: path, size: size, in: tree.digest)?.path
        }
        #expect(try base("b/x.bin", 1) == "b/x.bin")
        #expect(try base("c/x.bin", 5) == "a/x.bin")
        #expect(try base("c/x.bin", 500) == "b/x.bin")
        #expect(try base("z/y", 1) == "y")
        #expect(try base("empty", 5) == nil)
        #expect(try base("bin", 5) == nil)
    }

    @Test func listsAreMadeOnceAndMendThemselves() throws {
        let fixture = try Fixture()
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        let file = TestFile.file("f", bytes)
        _ = try fixture.upload([file])
        let chunker = try #require(Chunker(average: 1 << 14))
        let id = try #require(ContentID(of: file.entry))
        let path = try fixture.store.blockList(of: id, chunker)
        let list = try Data(contentsOf: URL(fileURLWithPath: path))
        _ = try BlockIndex(Array(list), of: id.hash)
        // As a crash of the machine can leave it.
        try Data(list.dropLast(30)).write(to: URL(fileURLWithPath: path))
        #expect(try fixture.store.blockList(of: id, chunker) == path)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == list)
        let absent = try #require(ContentID(hash: FileHasher.hash([3], .blake3).bytes, executable: false))
        #expect(
            #expect(throws: FloydError.self) { try fixture.store.blockList(of: absent, chunker) }?.code == .notFound
        )
    }

    /// However large a file is, the end of the process doesn't wait for its list.
    @Test(arguments: [0, 1, 2, 4])
    func listsThatNobodyWantsAnyMoreAreLeft(asked: Int) throws {
        let fixture = try Fixture()
        let bytes = (0..<3 << 20).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        let tree = try fixture.upload([.file("f", bytes), .file("g", bytes.dropLast())])
        let lists = "\(fixture.store.layout.blocks)"
        var count = 0
        try fixture.store.makeBlockLists(of: tree.digest) {
            count += 1
            return count <= asked
        }
        // Once more by each that is under way, and by the file that follows.
        #expect(count <= asked + 3)
        #expect(try FileManager.default.contentsOfDirectory(atPath: lists) == [])
        try fixture.store.makeBlockLists(of: tree.digest) { true }
        #expect(try FileManager.default.contentsOfDirectory(atPath: lists).count == 2)
    }
}
