import FloydModel
import Testing

struct ResourcesTests {
    private let machine = Resources(cpus: 4, memory: 100, gpus: 1)

    @Test("fits only if every part does")
    func fits() {
        #expect(machine.fits(in: machine))
        #expect(Resources.none.fits(in: .none))
        #expect(!Resources(cpus: 5, memory: 0, gpus: 0).fits(in: machine))
        #expect(!Resources(cpus: 0, memory: 101, gpus: 0).fits(in: machine))
        #expect(!Resources(cpus: 0, memory: 0, gpus: 2).fits(in: machine))
    }

    @Test("what is taken away comes back, and nothing goes below none")
    func arithmetic() {
        let part = Resources(cpus: 1, memory: 30, gpus: 1)
        #expect(machine - part == Resources(cpus: 3, memory: 70, gpus: 0))
        #expect(machine - part + part == machine)
        #expect(part - machine == Resources(cpus: 0, memory: 0, gpus: 0))
    }
}
