import FloydAPI
import FloydModel
import FloydOS
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct BallastKeepingTests {
    @Test func eachChangeIsToldOnce() {
        #expect(BallastKeeping.news(of: .made, wasGone: false) == nil)
        #expect(BallastKeeping.news(of: .there, wasGone: false) == nil)
        #expect(BallastKeeping.news(of: .tooLittleRoom, wasGone: false) == .gone)
        #expect(BallastKeeping.news(of: .tooLittleRoom, wasGone: true) == nil)
        #expect(BallastKeeping.news(of: .made, wasGone: true) == .back)
        let error = SystemError("open", code: EROFS)
        #expect(BallastKeeping.news(of: .failed(error), wasGone: false) == .failed(error))
    }

    @Test func nothingNewIsTakenWhileTheBallastIsGoneAndAllElseGoesOn() async throws {
        try await World.with { world in
            let running = try await world.running()
            let tree = try await world.upload([.file("a", "a")], as: world.alice)
            let open = try await world.uploads().begin(
                manifest: bytes([TestFile.file("b", "b")].manifest),
                as: world.alice
            )
            let keeping = BallastKeeping(world.store, reserve: 1 << 20, pool: world.pool, logger: world.quiet)
            #expect(try await keeping.begin() == false)
            let file = "\(world.folder.path)/floydlite.ballast"
            try FileManager.default.removeItem(atPath: file)

            let before = try await world.leftovers()
            let request = SubmitJobRequest(project: try Name("x"), code: tree, command: "true")
            let refused = try await failure { _ = try await world.jobs().submit(request, as: world.alice) }
            #expect(refused?.code == .outOfSpace)
            #expect(refused?.hint?.contains("data delete") == true)
            let manifest = bytes([TestFile.file("c", "c")].manifest)
            #expect(
                try await code { _ = try await world.uploads().begin(manifest: manifest, as: world.alice) }
                    == .outOfSpace
            )
            let body = bytes(Array("b".utf8))
            #expect(
                try await code {
                    _ = try await world.uploads().receive(open.id, at: 0, length: 1, body: body, as: world.alice)
                } == .outOfSpace
            )
            #expect(try await world.leftovers() == before)

            let ended = try await world.mover.move(
                running,
                from: [.running],
                on: .exitRecord(.success),
                MoveFacts(at: Date())
            )
            #expect(ended?.state == .finished)

            #expect(try await keeping.begin() == false)
            #expect(FileManager.default.fileExists(atPath: file))
            _ = try await world.jobs().submit(request, as: world.alice)
            let again = bytes(Array("b".utf8))
            #expect(try await world.uploads().receive(open.id, at: 0, length: 1, body: again, as: world.alice) == 1)
        }
    }
}
