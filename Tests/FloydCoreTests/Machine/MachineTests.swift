import FloydModel
import Testing

@testable import FloydCore

@Suite struct MachineTests {
    private static let found = [GPU(index: 0, uuid: "GPU-a", minor: 3), GPU(index: 1, uuid: "GPU-b", minor: nil)]

    @Test func takesWhatIsFoundWhereNothingIsDeclared() {
        let machine = Machine(declared: .init(), found: Self.found)
        #expect(machine.cpus >= 1)
        #expect(machine.memory > 1 << 20)
        #expect(machine.gpus == Self.found)
    }

    @Test func whatIsDeclaredWins() {
        let machine = Machine(declared: .init(cpus: 3, memory: 5, gpus: [1, 4]), found: Self.found)
        #expect(machine.total == Resources(cpus: 3, memory: 5, gpus: 2))
        #expect(machine.gpus == [Self.found[1], GPU(index: 4)])
        #expect(Machine(declared: .init(gpus: []), found: Self.found).gpus.isEmpty)
    }

    @Test func namesCardsByWhatTheDriverCallsThem() {
        let machine = Machine(declared: .init(gpus: [0, 1, 4]), found: Self.found)
        #expect(machine.visibleDevices([1, 0]) == "GPU-b,GPU-a")
        #expect(machine.visibleDevices([4]) == "4")
        #expect(machine.visibleDevices([]) == "")
    }

    @Test func givesAJobTheNodesOfItsCardsAlone() {
        let machine = Machine(declared: .init(gpus: [0, 1]), found: Self.found)
        #expect(machine.deviceNodes([0]) { _ in true }.first == "/dev/nvidia3")
        #expect(machine.deviceNodes([0]) { !$0.hasSuffix("modeset") }.count == 4)
        #expect(machine.deviceNodes([1]) { $0 == "/dev/nvidia1" } == ["/dev/nvidia1"])
        #expect(machine.deviceNodes([]) { _ in true }.isEmpty)
    }
}

@Suite struct GPUProbeTests {
    @Test func readsWhatNvidiaSMIAndTheDriverSay() {
        let cards = GPUProbe.cards(
            query: "0, GPU-8f2c\n1, GPU-77aa\n",
            driver: [
                "Model: \t\t NVIDIA A100\nIRQ:   \t\t 34\nGPU UUID: \t GPU-77aa\nDevice Minor: \t 5\n",
                "GPU UUID: \t GPU-8f2c\nDevice Minor: \t 0\n",
            ]
        )
        #expect(cards == [GPU(index: 0, uuid: "GPU-8f2c", minor: 0), GPU(index: 1, uuid: "GPU-77aa", minor: 5)])
    }

    @Test func leavesOutWhatMakesNoSense() {
        #expect(GPUProbe.cards(query: "", driver: []).isEmpty)
        #expect(GPUProbe.cards(query: "No devices were found\n", driver: []).isEmpty)
        #expect(
            GPUProbe.cards(query: "x, GPU-a\n1,GPU-b\n2, GPU-c, more\n", driver: ["", ":", "Device Minor: 1"]) == [
                GPU(index: 1, uuid: "GPU-b", minor: nil)
            ]
        )
    }
}

@Suite struct CommandOutputTests {
    @Test func bringsWhatIsPrintedAndTheExitCode() throws {
        let output = try CommandOutput.of("/bin/sh", ["-c", "echo out; echo err >&2; exit 3"], timeout: .seconds(20))
        #expect(output == CommandOutput(text: "out\n", exitCode: 3))
        #expect(try CommandOutput.of("/bin/sh", ["-c", "kill -9 $$"], timeout: .seconds(20)).exitCode == 137)
    }

    @Test(arguments: ["exec sleep 60", "exec >&-; exec sleep 60"])
    func killsWhatTakesTooLong(script: String) throws {
        #expect(throws: (any Error).self) {
            _ = try CommandOutput.of("/bin/sh", ["-c", script], timeout: .milliseconds(50))
        }
    }

    @Test func anAbsentProgramIsAnError() {
        #expect(throws: (any Error).self) { _ = try CommandOutput.of("/nonexistent", [], timeout: .seconds(1)) }
    }

    @Test func moreThanItMayPrintIsAnError() {
        #expect(throws: (any Error).self) {
            _ = try CommandOutput.of("/bin/sh", ["-c", "head -c 3000000 /dev/zero"], timeout: .seconds(20))
        }
    }
}

@Suite struct ExecutablePathTests {
    @Test func looksAlongThePathAndFollowsLinks() throws {
        let shell = try #require(ExecutablePath.find("sh"))
        #expect(shell.hasPrefix("/"))
        #expect(ExecutablePath.find("/bin/sh") == shell)
        #expect(ExecutablePath.find("no-such-program") == nil)
        #expect(ExecutablePath.find("/etc/passwd") == nil)
    }
}
