import Glibc
import Testing

@testable import FloydOS

@Suite struct ProcessFiguresTests {
    @Test func readsTheFieldsOfProc() throws {
        // The name holds what could be taken for the end of it.
        let fields = (4...44).map { $0 == 14 ? "250" : $0 == 15 ? "50" : $0 == 20 ? "7" : "\($0)" }
        let stat = "42 (a) R b) S " + fields.joined(separator: " ") + "\n"
        let figures = try #require(
            ProcessFigures(
                stat: Array(stat.utf8),
                machine: Array("cpu 1 2 3\nbtime 1700000000\nprocesses 1\n".utf8),
                ticks: 100,
                pageSize: 4096
            )
        )
        #expect(figures.cpuSeconds == 3 && figures.threads == 7)
        #expect(figures.startTime == 1_700_000_000.22)
        #expect(figures.virtualMemory == 23 && figures.residentMemory == 24 * 4096)
    }

    @Test func aMachineThatSaysNothingOfItsStartLeavesThatOut() throws {
        let stat = "42 (a) S " + (4...44).map(String.init).joined(separator: " ")
        let figures = ProcessFigures(stat: Array(stat.utf8), machine: [], ticks: 100, pageSize: 4096)
        #expect(figures != nil && figures?.startTime == nil)
        #expect(ProcessFigures(stat: Array("nonsense".utf8), machine: [], ticks: 100, pageSize: 4096) == nil)
    }

    @Test func readsThisProcess() throws {
        let figures = try #require(ProcessFigures.own())
        let held = (0..<10).map { _ in open("/dev/null", O_RDONLY | O_CLOEXEC) }
        defer { for descriptor in held { close(descriptor) } }
        let after = try #require(ProcessFigures.own())
        #expect(after.openDescriptors == figures.openDescriptors + 10)
        #expect(figures.residentMemory > 1 << 20 && figures.virtualMemory >= figures.residentMemory)
        #expect(figures.threads >= 1 && after.cpuSeconds >= figures.cpuSeconds)
        #expect(abs((figures.startTime ?? 0) - Double(time(nil))) < 86_400)
    }
}
