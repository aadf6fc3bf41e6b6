import Foundation
import Testing

@testable import FloydCommands

@Suite struct ConsoleTests {
    @Test func aFullDiskIsTold() throws {
        let world = try TestWorld(isLoggedIn: false)
        world.output.failure = ENOSPC
        world.run("version")
        #expect(world.errors.text == "floydlite: error: standard output: No space left on device\n")
        #expect(world.ends == [66])
    }

    @Test func aReaderThatLeftNeedsNoWords() throws {
        let world = try TestWorld(isLoggedIn: false)
        world.output.failure = EPIPE
        world.run("version")
        #expect(world.errors.text.isEmpty)
        #expect(world.ends == [141])
    }

    @Test func descriptorsSayWhy() throws {
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer {
            close(full)
            close(null)
        }
        try [UInt8](repeating: 0, count: 9).withUnsafeBytes { bytes in
            try #require(full >= 0 && null >= 0)
            #expect(DescriptorSink(full).write(bytes) == ENOSPC)
            #expect(DescriptorSink(null).write(bytes) == nil)
            #expect(DescriptorSink(-1).write(bytes) == EBADF)
        }
    }
}
