import FloydModel
import FloydOS
import Foundation
import Testing

@testable import FloydCore

struct DataFolderHoldTests {
    @Test("A lock that its holder lets go a moment later is waited for")
    func survivor() async throws {
        try await Scratch.with { root in
            let folder = DataFolder(root)
            let (held, continuation) = AsyncStream<Void>.makeStream()
            let holder = Task {
                let lock = try FileLock.acquire(folder.lock)
                continuation.yield()
                try await Task.sleep(for: .milliseconds(50))
                _ = consume lock
            }
            for await _ in held { break }
            _ = try await DataFolderHold(folder)
            try await holder.value
        }
    }

    @Test("A lock that its holder keeps is another daemon's")
    func kept() async throws {
        try await Scratch.with { root in
            let folder = DataFolder(root)
            let lock = try await DataFolderHold(folder)
            let error = await #expect(throws: FloydError.self) { try await DataFolderHold(folder) }
            #expect(error?.code == .locked)
            withExtendedLifetime(lock) {}
        }
    }
}
