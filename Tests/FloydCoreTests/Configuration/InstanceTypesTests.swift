import FloydModel
import Testing

@testable import FloydCore

@Suite struct InstanceTypesTests {
    private typealias Declared = ServerConfiguration.DeclaredInstanceType

    private func types(_ declared: [Declared] = ServerConfiguration().instanceTypes, cpus: Int = 8, gpus: Int = 2)
        throws
        -> InstanceTypes
    {
        try InstanceTypes(declared, total: Resources(cpus: cpus, memory: 32 << 30, gpus: gpus))
    }

    private func refused(_ name: String, of types: InstanceTypes) -> FloydError? {
        refusal { () throws(FloydError) in try types.type(named: name) }
    }

    @Test(arguments: [(8, 2, 2, 4), (1, 2, 1, 1), (64, 8, 2, 8), (3, 2, 2, 1), (2, 4, 2, 1)])
    func sharesTheMachine(cpus: Int, gpus: Int, forCPU: Int, forGPU: Int) throws {
        let types = try types(cpus: cpus, gpus: gpus)
        #expect(try types.type(named: "cpu").resources == Resources(cpus: forCPU, memory: 0, gpus: 0))
        #expect(try types.type(named: "gpu").resources == Resources(cpus: forGPU, memory: 0, gpus: 1))
    }

    @Test func takesWhatIsDeclared() throws {
        let types = try types([Declared(name: "big", gpus: 2, cpus: 5, memory: 1 << 30, network: .none)])
        let type = try types.type(named: "big")
        #expect(type.resources == Resources(cpus: 5, memory: 1 << 30, gpus: 2))
        #expect(type.network == .none)
    }

    @Test func withoutGPUsSaysTheLineThatMapsTheType() throws {
        let types = try types(gpus: 0)
        let error = refused("gpu", of: types)
        #expect(error?.code == .instanceTypeUnavailable)
        #expect(error?.message == "instance type gpu needs a GPU and this server has no GPUs")
        #expect(error?.hint?.hasSuffix("instance_types: {gpu: {gpus: 0, cpus: 2}}") == true)
        // The line does what it says.
        let line = try #require(error?.hint?.split(separator: ": ", maxSplits: 1).last)
        let configuration = try ServerConfiguration(yaml: String(line), file: "x")
        let mapped = try InstanceTypes(configuration.instanceTypes, total: types.total)
        #expect(try mapped.type(named: "gpu").resources == Resources(cpus: 2, memory: 0, gpus: 0))
    }

    @Test func saysHowManyGPUsThereAre() throws {
        let error = refused("four", of: try types([Declared(name: "four", gpus: 4)]))
        #expect(error?.message == "instance type four needs 4 GPUs and this server has 2")
    }

    @Test func refusesWhatTheMachineHasNot() throws {
        let many = refused("many", of: try types([Declared(name: "many", gpus: 0, cpus: 9)]))
        #expect(many?.code == .instanceTypeUnavailable)
        #expect(many?.message.contains("8 CPUs, 32768 MiB") == true)
        let large = refused("large", of: try types([Declared(name: "large", gpus: 0, memory: 33 << 30)]))
        #expect(large?.code == .instanceTypeUnavailable)
    }

    @Test func anUnknownTypeIsAnsweredWithTheList() throws {
        let error = refused("tpu", of: try types())
        #expect(error?.code == .instanceTypeNotFound)
        #expect(error?.hint == "The instance types here are cpu, gpu.")
    }
}
