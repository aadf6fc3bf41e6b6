import FloydAPI
import FloydModel
import FloydRun
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct JobDeletionTests {
    /// A job that has ended and left something.
    private func ended(_ world: World, as account: Account? = nil) async throws -> JobRecord {
        let claimed = try await world.moved(world.submit(as: account), .queued, .claim)
        let run = world.run(of: claimed)
        try FileManager.default.createDirectory(atPath: "\(run.output)/deep", withIntermediateDirectories: true)
        try Data("weights\n".utf8).write(to: URL(filePath: "\(run.output)/deep/model"))
        try Data("2026-11-22T12:00:00.000000001Z stdout F hello\n".utf8).write(to: URL(filePath: run.log))
        let running = try await world.moved(claimed, .starting, .commandStarted)
        return try await world.moved(running, .running, .exitRecord(.success))
    }

    private func reference(_ job: JobRecord) -> Reference { Reference(.id(job.id)) }

    private func names(_ path: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? []
    }

    private func remove(_ world: World) async throws {
        let problems = try await world.remover.removeAll { true }
        #expect(problems.isEmpty)
    }

    @Test func aDeletedJobIsAsAbsentAsWhatNeverWas() async throws {
        try await World.with { world in
            let jobs = try world.jobs()
            let job = try await ended(world)
            let moves = world.mover.signals.moveCount
            try await jobs.delete(job: reference(job), as: world.alice)
            #expect(world.mover.signals.moveCount == moves + 1)
            #expect(world.removal.takeChange() && world.collection.takeChange())
            let reference = reference(job)
            let calls: [() async throws -> Void] = [
                { _ = try await jobs.job(reference, as: world.alice) },
                { try await jobs.delete(job: reference, as: world.alice) },
                { try await jobs.deleteOutput(of: reference, as: world.alice) },
                { _ = try await jobs.restart(reference, .init(), once: nil, as: world.alice) },
                { _ = try await jobs.stop(reference, grace: nil, as: world.alice) },
                { _ = try await world.outputs.list(reference, page: nil, as: world.alice) },
                { _ = try await world.logs.file(of: reference, attempt: nil, as: world.alice) },
                { _ = try await world.logs.follow(LogRequest(reference), as: world.alice) },
            ]
            for call in calls { #expect(try await code(call) == .jobNotFound) }
            // The files are there until they are removed.
            #expect(names(world.folder.runs).contains(job.id.string))
            try await remove(world)
            #expect(names(world.folder.runs) == [".removed"] && names(world.folder.removed).isEmpty)
            #expect(try await world.store.jobs.leftovers(limit: 9).isEmpty)
        }
    }

    @Test func onlyTheOwnerAndAdminsDelete() async throws {
        try await World.with { world in
            let jobs = try world.jobs()
            let job = try await ended(world)
            let other = try await ended(world)
            let reference = reference(job)
            for call in [jobs.delete, jobs.deleteOutput] {
                #expect(try await code { try await call(reference, world.bob) } == .jobNotFound)
            }
            _ = try await world.store.resources.setPublic(true, .projects, job.project)
            for call in [jobs.delete, jobs.deleteOutput] {
                #expect(try await code { try await call(reference, world.bob) } == .forbidden)
                // Which one is to be said.
                #expect(
                    try await code { try await call(Reference(parsing: "x"), world.alice) } == .invalidRequest
                )
                #expect(try await code { try await call(.init(.id(job.project)), world.alice) } == .invalidRequest)
            }
            try await jobs.deleteOutput(of: reference, as: world.admin)
            try await jobs.delete(job: reference, as: world.admin)
            try await jobs.delete(job: Reference(parsing: "alice/x/2"), as: world.alice)
            #expect(try await world.store.jobs.get(other.id) == nil)
        }
    }

    @Test func outputsGoAlone() async throws {
        try await World.with { world in
            let job = try await ended(world)
            let reference = reference(job)
            _ = try await world.data.createDataset(Name("models"), as: world.alice)
            let models = try Reference(parsing: "models")
            let source = try Reference(parsing: "\(job.id)")
            let archive = try await world.outputs.archive(of: reference, as: .tar, asking: world.alice)
            let version = try await world.data.addVersion(to: models, .init(job: source), as: world.alice)
            try await world.jobs().deleteOutput(of: reference, as: world.alice)
            // An archive that was begun before doesn't end as if it were whole.
            #expect(
                try await code { while try await archive.source() != nil {} } == .gone
            )
            let calls: [() async throws -> Void] = [
                { try await world.jobs().deleteOutput(of: reference, as: world.alice) },
                { _ = try await world.outputs.list(reference, page: nil, as: world.alice) },
                { _ = try await world.outputs.open("deep/model", of: reference, as: world.alice) },
                { _ = try await world.outputs.archive(of: reference, as: .zip, asking: world.alice) },
                { _ = try await world.data.addVersion(to: models, .init(job: source), as: world.alice) },
                { _ = try await world.submit(data: [.init(source: "\(job.id)/output")]) },
            ]
            for call in calls {
                let error = try await failure(call)
                #expect(error?.code == .gone)
                #expect(error?.message == "the output of alice/projects/x/1 was deleted")
            }
            try await remove(world)
            #expect(names(world.run(of: job).path) == ["log"])
            #expect(try await world.jobs().job(reference, as: world.alice).outputDeleted != nil)
            #expect(try await world.logs.file(of: reference, attempt: nil, as: world.alice) != nil)
            // What was made of it stays.
            #expect(try await world.data.version(.init(.id(version.id)), as: world.alice).size == 8)
        }
    }

    /// What a crash may leave, each made by hand.
    enum Crash: CaseIterable {
        case recorded, moved, half, done, stray
    }

    @Test(arguments: Crash.allCases, JobLeftover.Part.allCases)
    func whatACrashLeftIsFinished(crash: Crash, part: JobLeftover.Part) async throws {
        try await World.with { world in
            let job = try await ended(world)
            let other = try await ended(world)
            try await part == .job
                ? world.deleter.delete(job, by: world.alice) : world.deleter.deleteOutput(of: job, by: world.alice)
            let move = try #require(
                world.remover.moves(of: JobLeftover(job: job.id, attempts: 1, part: part)).first
            )
            let files = FileManager.default
            if crash != .recorded {
                try files.createDirectory(atPath: world.folder.removed, withIntermediateDirectories: true)
                try files.moveItem(atPath: move.path, toPath: move.aside)
            }
            switch crash {
            case .recorded, .moved: break
            case .half:
                // It was moved before power was lost, and the move with it; some was removed.
                try files.createDirectory(atPath: move.path, withIntermediateDirectories: true)
                try Data("x".utf8).write(to: URL(filePath: "\(move.path)/x"))
            case .done: try files.removeItem(atPath: move.aside)
            case .stray:
                for leftover in try await world.store.jobs.leftovers(limit: 9) {
                    try await world.store.jobs.forget(leftover)
                }
            }
            try await remove(world)
            #expect(!files.fileExists(atPath: move.path))
            #expect(names(world.folder.removed).isEmpty)
            #expect(try await world.store.jobs.leftovers(limit: 9).isEmpty)
            #expect(files.fileExists(atPath: "\(world.run(of: other).output)/deep/model"))
            // What nobody knows is nobody's to remove.
            try files.createDirectory(atPath: "\(world.folder.runs)/unknown", withIntermediateDirectories: true)
            try await remove(world)
            #expect(files.fileExists(atPath: "\(world.folder.runs)/unknown"))
        }
    }

    @Test func outputsOfAllAttemptsAndOfThoseSetAsideGo() async throws {
        try await World.with { world in
            let job = try await ended(world)
            let moves = world.remover.moves(of: JobLeftover(job: job.id, attempts: 2, part: .output))
            #expect(Set(moves.map(\.aside)).count == 4)
            for move in moves {
                try FileManager.default.createDirectory(atPath: move.path, withIntermediateDirectories: true)
                try Data("x".utf8).write(to: URL(filePath: "\(move.path)/x"))
            }
            try await world.store.jobs.deleteOutput(of: job.id, as: world.alice, at: Date())
            try await remove(world)
            // The record says one attempt.
            #expect(moves.map { FileManager.default.fileExists(atPath: $0.path) } == [false, false, true, true])
        }
    }

    @Test func whatIsInterruptedIsNotForgotten() async throws {
        try await World.with { world in
            let job = try await ended(world)
            try await world.deleter.delete(job, by: world.alice)
            let asked = Lock(0)
            _ = try await world.remover.removeAll {
                asked.value += 1
                return asked.value < 6
            }
            #expect(try await world.store.jobs.leftovers(limit: 9).count == 1)
            try await remove(world)
            #expect(names(world.folder.removed).isEmpty && names(world.folder.runs) == [".removed"])
        }
    }

    @Test func aProblemWithOneJobKeepsNoOtherFromGoing() async throws {
        try await World.with { world in
            let (first, second) = (try await ended(world), try await ended(world))
            for job in [first, second] { try await world.deleter.delete(job, by: world.alice) }
            // A file where the folder of what lies aside is to be.
            try FileManager.default.removeItem(atPath: world.folder.removed)
            try Data().write(to: URL(filePath: world.folder.removed))
            let problems = try await world.remover.removeAll { true }
            #expect(problems.compactMap(\.job).count == 2)
            #expect(try await world.store.jobs.leftovers(limit: 9).count == 2)
            try FileManager.default.removeItem(atPath: world.folder.removed)
            try await remove(world)
            #expect(names(world.folder.runs) == [".removed"])
        }
    }

    @Test func followersOfItsLogAreToldItsEnd() async throws {
        try await World.with { world in
            let claimed = try await world.claimed()
            let follower = try await world.logs.follow(LogRequest(reference(claimed)), as: world.alice)
            _ = try await follower.next(follow: true)
            // It ends and goes before the follower has looked again.
            let running = try await world.moved(claimed, .starting, .commandStarted)
            let job = try await world.moved(running, .running, .exitRecord(.failed))
            try await world.jobs().delete(job: reference(job), as: world.alice)
            let events = try await follower.next(follow: true)
            guard case .end(let response)? = events.last, events.count == 1 else {
                Issue.record("\(events)")
                return
            }
            #expect(response.value.state == .finished && response.value.outcome == .failed)
            #expect(try await follower.next(follow: true).isEmpty)
        }
    }
}
